"""Cancel against forward, two hundred at random times: each order has exactly one of two fates.
The provider's own count per link is the judge."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from orders import lifecycle
from orders.followups import asking, following
from orders.models import UNSENT, FollowUp, Order, Status
from orders.sending import forwarding
from services.models import Service
from smmpanel.demo_provider.process import DemoProvider
from tests import factories
from tests.databases import TestDatabase
from wallet import verification

ORDERS = 200
# A claim takes a few milliseconds: the two meet before it, in it and after it.
LATEST_SECONDS = 0.012


def in_threads(acts: list[Callable[[], object]]) -> None:
    def run(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, acts))


def cancel(order: Order, *, after: float) -> None:
    Event().wait(after)
    answers = asking.ask_many(
        order_ids=[order.pk],
        customer_id=order.customer_id,
        kind=FollowUp.Kind.CANCEL,
        at=timezone.now(),
    )
    assert len(answers) == 1


def forward(order: Order, *, after: float) -> None:
    Event().wait(after)
    forwarding.forward(order_id=order.pk)


def test_every_order_is_sent_once_or_paid_back_in_full_and_never_both(
    fresh_db: TestDatabase, alice: User, views: Service, upstream: DemoProvider
) -> None:
    chance = random.Random(4)
    orders = [factories.order(alice, service=views) for _number in range(ORDERS)]
    acts: list[Callable[[], object]] = []
    for order in orders:
        at_random = (chance.uniform(0, LATEST_SECONDS) for _act in range(2))
        pair = [
            partial(act, order, after=after)
            for act, after in zip((cancel, forward), at_random, strict=True)
        ]
        acts += chance.sample(pair, 2)
    in_threads(acts)
    following.answer_requests(at=timezone.now())

    sent = upstream.counts()
    fates = Counter(
        (order.status, order.refunded_micros == order.charge_micros, sent.get(order.link, 0))
        for order in Order.objects.all()
    )
    assert set(fates) == {(Status.CANCELED, True, 0), (Status.PENDING, False, 1)}, fates
    assert sum(fates.values()) == ORDERS
    assert all(finding.is_ok for finding in verification.verify())


@pytest.mark.django_db
def test_without_the_rows_lock_an_order_has_both_fates(
    alice: User, views: Service, upstream: DemoProvider
) -> None:
    """The usual cancel: look whether it was sent, then write."""
    order = factories.order(alice, service=views)
    seen = Order.objects.get(pk=order.pk)
    assert seen.status in UNSENT
    forwarding.forward(order_id=order.pk)
    with transaction.atomic():
        lifecycle.cancel_in_full(order=seen, at=timezone.now())
    order.refresh_from_db()
    assert upstream.counts() == {order.link: 1}
    assert order.refunded_micros == order.charge_micros
