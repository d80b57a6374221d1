"""Sweeps that meet: ten at once make what one makes. Each race has a twin without its guard."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from orders.models import DripFeed, Order, Repeat, RepeatPeriod, Status
from orders.plans import drip_feeds, renewing, repeats
from orders.plans.children import make_run
from tests import factories
from tests.databases import TestDatabase
from tests.orders.plans.planning import books_agree, drip_feed, reread, runs_of
from tests.races import Gate, at_once
from wallet import ledger

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
    monkeypatch.setattr(drip_feeds, "make_run", Gate(SWEEPS).before(make_run))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX orders_order_one_per_run")


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


@pytest.fixture
def repeat(fresh_db: TestDatabase, alice: User) -> Repeat:
    order = factories.order(alice)
    begun = repeats.begin(
        order_id=order.pk,
        customer_id=alice.pk,
        agreed_micros=order.charge_micros,
        ip=None,
        at=timezone.now(),
    )
    Order.objects.filter(pk=order.pk).update(status=Status.COMPLETED)
    ledger.settle(reference=order.reference, at=timezone.now())
    return begun


@pytest.fixture
def _without_guards_of_periods(repeat: Repeat, monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock, no row of its own for a period, no key of its own for an order, no rule of links."""
    monkeypatch.setattr(
        renewing,
        "_locked",
        lambda repeat_id: Repeat.objects.select_related("origin", "customer").get(pk=repeat_id),
    )
    monkeypatch.setattr(renewing, "quote_of", Gate(SWEEPS).before(repeats.quote_of))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_repeatperiod DROP CONSTRAINT orders_repeatperiod_once")
        cursor.execute("DROP INDEX orders_order_one_per_press, orders_order_one_running_per_link")
        cursor.execute("SELECT pg_get_functiondef('place_orders'::regproc)")
        (honest,) = cursor.fetchone()
        blind = honest.replace("o.idempotency_key = asked.idempotency_key", "false")
        assert blind != honest
        cursor.execute(blind)


def renew(repeat: Repeat) -> int:
    assert repeat.next_on is not None
    noon = datetime.combine(repeat.next_on, time(12), tzinfo=UTC)
    try:
        renewing.renew(repeat_id=repeat.pk, at=noon)
    except (RepeatPeriod.MultipleObjectsReturned, IntegrityError):
        return 1  # what is left of the guards has stopped this one
    return 0


def charges(repeat: Repeat) -> int:
    return Order.objects.filter(idempotency_key__startswith=f"repeat:{repeat.pk}:").count()


def test_ten_jobs_charge_a_period_once(repeat: Repeat) -> None:
    """SUB-02: one charge per period, even if the job runs ten times at once."""
    at_once(SWEEPS, lambda: renew(repeat))
    assert charges(repeat) == 1
    assert RepeatPeriod.objects.filter(repeat=repeat).count() == 1
    assert books_agree()


@pytest.mark.usefixtures("_without_guards_of_periods")
def test_without_its_guards_a_period_is_charged_more_than_once(repeat: Repeat) -> None:
    at_once(SWEEPS, lambda: renew(repeat))
    assert charges(repeat) > 1
