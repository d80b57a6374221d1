"""Snapshots of lots shorten the reading and change nothing of what is read."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import patch

import pytest

from accounts.models import User
from orders import lifecycle
from orders.models import Order, Status
from tests.factories import MICROS, order, service
from tests.wallet.payments import paid
from wallet import ledger, snapshots, verification
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Claim
from wallet.lots.reading import read_history, read_holdings, read_snapshot
from wallet.models import LotSnapshot

pytestmark = pytest.mark.django_db
LATE = timedelta(days=91)


def finish(placed: Order, status: Status, due: int, at: datetime) -> Order:
    for step in (Status.SUBMITTING, Status.PENDING, status):
        lifecycle.advance(order=placed, to=step, at=at)
    lifecycle.book(order=placed, due_micros=due, at=at)
    Order.objects.filter(pk=placed.pk).update(finished_at=at)
    return placed


@pytest.fixture
def trader(alice: User, now: datetime) -> User:
    """Delivered too much, delivered in part twice, for nothing, and by a package."""
    paid(alice, 50 * MICROS)
    ledger.grant_bonus(customer_id=alice.pk, amount_micros=MICROS, reference="bonus:1", at=now)
    finish(order(alice, quantity=1000), Status.COMPLETED, 0, now)
    for due in (MICROS // 4, MICROS // 3):
        finish(order(alice, quantity=1000), Status.PARTIAL, due, now)
    order(alice, service=service(rate_micros=0, is_free=True))
    finish(order(alice, quantity=10), Status.CANCELED, 10_000, now)
    order(alice, quantity=500)
    return alice


def same_money(one: Holdings, other: Holdings) -> bool:
    members = ("last_id", "made_lots", "debt_micros", "deposits")
    filled = [[lot for lot in each.lots if lot.remaining_micros] for each in (one, other)]
    return filled[0] == filled[1] and all(
        getattr(one, name) == getattr(other, name) for name in members
    )


def test_a_snapshot_and_what_came_later_equal_the_whole_history(
    trader: User, now: datetime
) -> None:
    snapshots.take(customer_id=trader.pk, at=now)
    finish(order(trader, quantity=1000), Status.PARTIAL, MICROS // 5, now)
    assert read_snapshot(customer_id=trader.pk).last_id > 0
    assert read_holdings(customer_id=trader.pk) == read_history(customer_id=trader.pk)


def test_a_snapshot_forgets_only_orders_that_are_over_for_good(trader: User, now: datetime) -> None:
    snapshots.take(customer_id=trader.pk, at=now + LATE)
    kept = {
        taken.reference
        for taken in read_snapshot(customer_id=trader.pk).allocations
        if taken.claim is Claim.ORDER
    }
    running = Order.objects.filter(finished_at=None, charge_micros__gt=0)
    assert kept == {f"order:{placed.pk}" for placed in running}
    assert same_money(read_holdings(customer_id=trader.pk), read_history(customer_id=trader.pk))


def test_nothing_is_forgotten_while_late_refunds_are_accepted(trader: User, now: datetime) -> None:
    snapshots.take(customer_id=trader.pk, at=now + timedelta(days=89))
    assert read_snapshot(customer_id=trader.pk) == read_history(customer_id=trader.pk)


def test_a_refund_of_a_forgotten_order_is_read_from_the_whole_history(
    trader: User, now: datetime
) -> None:
    old = Order.objects.filter(status=Status.COMPLETED).first()
    assert old
    snapshots.take(customer_id=trader.pk, at=now + LATE)
    lifecycle.book(order=old, due_micros=MICROS // 2, at=now + LATE)
    assert read_holdings(customer_id=trader.pk) == read_history(customer_id=trader.pk)
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []
    snapshots.take(customer_id=trader.pk, at=now + LATE)
    assert read_snapshot(customer_id=trader.pk).last_id > 0


def test_only_who_has_news_gets_a_new_snapshot(trader: User, bob: User, now: datetime) -> None:
    paid(bob)
    with patch.object(snapshots, "NEWS", 5):
        assert snapshots.take_due(at=now) == 1
        assert snapshots.take_due(at=now) == 0
        first = LotSnapshot.objects.get()
        for _each in range(3):
            order(trader, quantity=1000)
        assert snapshots.take_due(at=now) == 1
    second = LotSnapshot.objects.get()
    assert second.customer_id == first.customer_id == trader.pk
    assert second.last_id > first.last_id
