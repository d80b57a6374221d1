"""No order is forgotten: its clock starts with its number at the provider, and runs to its end
(orders/sql/guard_clocks.sql)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from orders.models import Clock, Order, Status
from services.models import Provider
from services.providers.reports import Unreadable
from tests.factories import offer, order
from tests.orders.following.reports import apply, broken_books, report

pytestmark = pytest.mark.django_db
UNFOLLOWED = "every order that its provider has under way is asked about by its number"


@pytest.fixture
def taken(alice: User, terms: None, now: datetime) -> Order:
    """An order that a provider has, written down by a bare statement."""
    placed = order(alice)
    there = placed.offer.provider if placed.offer else None
    found = Order.objects.filter(pk=placed.pk)
    found.update(provider=there, external_id="7", sent_at=now, status=Status.PENDING)
    return found.get()


def without_guards(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def refused(statement: str) -> str:
    """What the database says to it."""
    with (
        pytest.raises(DatabaseError) as told,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return str(told.value)


def test_whoever_writes_down_the_number_starts_the_clock(taken: Order, now: datetime) -> None:
    assert (taken.next_check_at, taken.checked_at) == (now + timedelta(seconds=10), None)
    assert (taken.clock.provider, taken.clock.external_id) == (taken.provider, "7")


def test_an_order_that_nobody_has_has_none(alice: User, terms: None) -> None:
    placed = order(alice)
    assert not Clock.objects.exists()
    assert (placed.next_check_at, placed.checked_at) == (None, None)


def test_writing_the_number_again_moves_no_clock(taken: Order, now: datetime) -> None:
    later = now + timedelta(hours=1)
    Clock.objects.update(next_at=later)
    Order.objects.update(external_id="7")
    assert Clock.objects.get().next_at == later


def test_the_clock_goes_to_another_provider_with_its_order(taken: Order) -> None:
    new = offer().provider
    Order.objects.update(provider=new, external_id="8")
    assert Clock.objects.values_list("provider", "external_id").get() == (new.pk, "8")
    assert UNFOLLOWED not in broken_books()


@pytest.mark.parametrize("status", [Status.PENDING, Status.IN_PROGRESS, Status.PROCESSING])
def test_the_clock_of_an_order_under_way_is_not_stopped(taken: Order, status: Status) -> None:
    Order.objects.update(status=status)
    assert "would not be asked about" in refused("UPDATE orders_clock SET next_at = NULL")
    assert taken.clock.next_at is not None


def test_the_clock_of_what_the_house_waits_for_is_not_stopped(taken: Order) -> None:
    whole = {"due_micros": taken.charge_micros, "refunded_micros": taken.charge_micros}
    Order.objects.update(status=Status.CANCELED, absorbed_micros=taken.charge_micros, **whole)
    assert "would not be asked about" in refused("UPDATE orders_clock SET next_at = NULL")


def test_the_clock_of_an_order_that_has_ended_is_stopped(taken: Order) -> None:
    Order.objects.update(status=Status.COMPLETED)
    Clock.objects.update(next_at=None)
    assert taken.next_check_at is None


def test_about_our_own_work_nobody_is_asked(alice: User, terms: None, now: datetime) -> None:
    placed = order(alice)
    Provider.objects.update(is_manual=True)
    there = placed.offer.provider if placed.offer else None
    Order.objects.update(provider=there, external_id="7", sent_at=now, status=Status.PENDING)
    assert Clock.objects.get().next_at is None
    assert UNFOLLOWED not in broken_books()


@pytest.mark.parametrize("statement", ["DELETE FROM orders_clock", "TRUNCATE orders_clock"])
def test_no_clock_is_thrown_away(taken: Order, statement: str) -> None:
    assert refused(statement)
    assert Clock.objects.filter(order=taken).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders_clock",
        "UPDATE orders_clock SET next_at = NULL",
        "UPDATE orders_clock SET provider_id = 0",
        "UPDATE orders_clock SET external_id = '8'",
    ],
)
def test_the_proof_of_the_books_finds_what_is_forgotten(taken: Order, statement: str) -> None:
    assert UNFOLLOWED not in broken_books()
    without_guards(statement)
    assert UNFOLLOWED in broken_books()
    without_guards("DELETE FROM orders_clock")


def test_a_number_that_was_taken_out_again_is_found(taken: Order) -> None:
    Order.objects.update(external_id=None)
    assert UNFOLLOWED in broken_books()


def written(counter: str) -> int:
    """Rows of orders that this transaction has updated: "updated", or without an index "hot"."""
    name = {"updated": "tuples_updated", "hot": "tuples_hot_updated"}[counter]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_stat_get_xact_{name}('orders_order'::regclass)")
        return int(cursor.fetchone()[0])


def test_a_check_without_news_writes_the_clock_alone(taken: Order, now: datetime) -> None:
    told, later = report("in_progress", 900), now + timedelta(minutes=1)
    apply(taken, told, at=now)
    before = written("updated")
    apply(taken, told, at=later)
    assert (taken.checked_at, written("updated")) == (later, before)


def test_new_counts_touch_no_index_of_the_orders(taken: Order, now: datetime) -> None:
    apply(taken, report("in_progress", 900), at=now)
    rows, without_index = written("updated"), written("hot")
    apply(taken, report("in_progress", 800, start_count=7), at=now)
    assert (written("updated") - rows, written("hot") - without_index) == (1, 1)


def test_what_nobody_can_read_leaves_the_time_of_the_last_word(taken: Order, now: datetime) -> None:
    apply(taken, report("in_progress", 900), at=now)
    apply(taken, Unreadable("missing"), at=now + timedelta(minutes=1))
    assert (taken.checked_at, taken.poll_failures) == (now, 1)
