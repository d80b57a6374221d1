"""The sweep that cancels and the worker that forwards, at the same orders at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.utils import timezone

from accounts.models import User
from orders.ending import suspending
from orders.models import Order, Status
from orders.sending import forwarding
from tests.databases import TestDatabase
from tests.factories import order, service
from tests.wallet.disputing import disputed, publish, topped_up
from wallet import verification

ORDERS = 12


def test_every_order_goes_out_or_comes_back_and_never_both(
    fresh_db: TestDatabase, alice: User
) -> None:
    publish(chargeback_suspend=False)
    deposit = topped_up(alice, 10)
    sold = service()
    numbers = [order(alice, service=sold).pk for _turn in range(ORDERS)]
    disputed(deposit)
    went_out: set[int] = set()

    def forward(number: int) -> None:
        def accept(attempt: forwarding.Attempt) -> forwarding.Outcome:
            went_out.add(attempt.order_id)
            return forwarding.Accepted(f"x{attempt.order_id}")

        try:
            forwarding.forward(order_id=number, sender=accept)
        finally:
            connection.close()

    def sweep(_number: int) -> None:
        try:
            suspending.cancel_reversed(at=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda act: act(),
                [
                    lambda number=number, act=act: act(number)
                    for number in reversed(numbers)
                    for act in (forward, sweep)
                ],
            )
        )
    for placed in Order.objects.all():
        ends = (placed.status, placed.refunded_micros == placed.charge_micros)
        is_out = placed.pk in went_out
        assert ends == ((Status.PENDING, False) if is_out else (Status.CANCELED, True))
    assert all(finding.is_ok for finding in verification.verify())
