"""Cancel against forward at the same moment, two hundred times: each order has exactly one of two
fates. The provider's own count per link is the judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from orders import lifecycle
from orders.followups import asking, following
from orders.models import UNSENT, FollowUp, Order, Status
from orders.sending import forwarding
from services.models import Service
from tests import factories
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.races import Gate, at_once
from wallet import verification

ORDERS = 200
WORKERS = 8


def cancel(order: Order) -> None:
    answers = asking.ask_many(
        order_ids=[order.pk],
        customer_id=order.customer_id,
        kind=FollowUp.Kind.CANCEL,
        at=timezone.now(),
    )
    assert len(answers) == 1


def forward(order: Order) -> None:
    forwarding.forward(order_id=order.pk)


def meeting(order: Order) -> list[Callable[[], None]]:
    """Both acts on one order, of which neither begins before the other one does."""
    gate = Gate(2)
    return [gate.before(partial(cancel, order)), gate.before(partial(forward, order))]


def test_every_order_is_sent_once_or_paid_back_in_full_and_never_both(
    fresh_db: TestDatabase, alice: User, views: Service, upstream: DemoProvider
) -> None:
    first, second, *orders = (factories.order(alice, service=views) for _number in range(ORDERS))
    for act, order in ((cancel, first), (forward, first), (forward, second), (cancel, second)):
        act(order)
    acts = iter([act for order in orders for act in meeting(order)])
    at_once(WORKERS, lambda: [act() for act in acts])
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
