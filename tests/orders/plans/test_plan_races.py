"""Sweeps that meet: ten at once make what one makes. Each race has a twin without its guard."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from orders.models import DripFeed, Order
from orders.plans import drip_feeds
from tests.databases import TestDatabase
from tests.orders.plans.planning import books_agree, drip_feed, reread, runs_of
from tests.races import at_once

SWEEPS = 10


@pytest.fixture
def parent(fresh_db: TestDatabase, alice: User) -> Order:
    placed = drip_feed(alice, runs=5, interval=1)
    drip_feeds.begin(order_id=placed.pk, at=timezone.now())
    return placed


@pytest.fixture
def _without_guards(fresh_db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is not locked, and the database lets a run be made twice."""
    monkeypatch.setattr(drip_feeds, "_locked", lambda order_id: Order.objects.get(pk=order_id))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_order DROP CONSTRAINT orders_order_one_per_run")


def start(parent: Order) -> int:
    drip_feeds.start_run(order_id=parent.pk, at=timezone.now())
    return 0


def test_ten_sweeps_make_one_run(parent: Order) -> None:
    at_once(SWEEPS, lambda: start(parent))
    assert [run.run_number for run in runs_of(parent)] == [1]
    assert DripFeed.objects.get(order=parent).runs_started == 1


@pytest.mark.usefixtures("_without_guards")
def test_without_its_guards_a_run_is_made_more_than_once(parent: Order) -> None:
    at_once(SWEEPS, lambda: start(parent))
    assert len(runs_of(parent)) > 1


def test_stopping_against_starting_leaves_no_run_that_is_not_paid_for(
    parent: Order, alice: User
) -> None:
    def stop_or_start() -> None:
        try:
            drip_feeds.stop(order_id=parent.pk, customer_id=alice.pk, at=timezone.now())
        except drip_feeds.NothingToStop:
            drip_feeds.start_run(order_id=parent.pk, at=timezone.now())

    at_once(SWEEPS, stop_or_start)
    drip_feeds.follow(order_id=parent.pk, at=timezone.now())
    assert all(run.is_final for run in runs_of(parent))
    assert reread(parent).refunded_micros == parent.charge_micros
    assert books_agree()
