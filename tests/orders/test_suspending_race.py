"""The sweep that cancels and the worker that forwards, at the same orders at the same time."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from accounts.models import User
from orders.ending import suspending
from orders.models import Order, Status
from orders.sending import forwarding
from tests.databases import TestDatabase
from tests.factories import order, service
from tests.races import all_at_once
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

        forwarding.forward(order_id=number, sender=accept)

    def sweep() -> None:
        suspending.cancel_reversed(at=timezone.now())

    all_at_once(*[partial(forward, number) for number in numbers], *[sweep] * 3)
    for placed in Order.objects.all():
        ends = (placed.status, placed.refunded_micros == placed.charge_micros)
        is_out = placed.pk in went_out
        assert ends == ((Status.PENDING, False) if is_out else (Status.CANCELED, True))
    assert all(finding.is_ok for finding in verification.verify())
