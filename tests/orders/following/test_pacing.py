"""How fast services were of late, and what follows from it for the next orders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from orders import expecting, lifecycle
from orders.following import pacing
from orders.models import Order, Status
from services.models import Pace, Service
from services.types import ServiceType
from tests.factories import order, service

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(terms: None) -> Service:
    return service(average_minutes=None)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def accepted(user: User, sold: Service, *, at: datetime, quantity: int | None = 1000) -> Order:
    placed = order(user, service=sold, quantity=quantity)
    placed.provider = placed.offer.provider if placed.offer else None
    placed.external_id, placed.sent_at = str(placed.pk), at
    placed.save()
    lifecycle.advance(order=placed, to=Status.SUBMITTING, at=at)
    lifecycle.advance(order=placed, to=Status.PENDING, at=at)
    return placed


def ended(
    user: User,
    sold: Service,
    now: datetime,
    *,
    start: float = 5,
    per_1000: float = 30,
    to: Status = Status.COMPLETED,
    quantity: int | None = 1000,
) -> Order:
    """An order that began `start` minutes after its acceptance and went on at this speed."""
    placed = accepted(user, sold, at=now, quantity=quantity)
    placed.started_at = now + minutes(start)
    placed.save()
    lifecycle.advance(
        order=placed, to=to, at=now + minutes(start + per_1000 * (quantity or 0) / 1000)
    )
    return placed


def measured(now: datetime) -> Pace:
    pacing.measure_paces(at=now + timedelta(days=1))
    return Pace.objects.get()


def test_the_last_ten_completed_orders_say_how_fast_a_service_is(
    alice: User, sold: Service, now: datetime
) -> None:
    for old in range(3):
        ended(alice, sold, now - timedelta(days=5), start=900 + old, per_1000=900)
    for number in range(10):
        ended(alice, sold, now, start=number, per_1000=20 + number)
    pace = measured(now)
    assert pace.orders == 10
    # The fastest and the slowest are left out.
    assert (pace.start_minutes_low, pace.start_minutes_high) == (1, 8)
    assert (pace.minutes_per_1000_low, pace.minutes_per_1000_high) == (21, 28)


def test_the_time_is_counted_for_a_thousand(alice: User, sold: Service, now: datetime) -> None:
    ended(alice, sold, now, per_1000=30, quantity=4000)
    assert measured(now).minutes_per_1000_high == 30


def test_what_was_done_before_anybody_looked_counts_from_its_acceptance(
    alice: User, sold: Service, now: datetime
) -> None:
    placed = ended(alice, sold, now, start=40, per_1000=0)
    assert placed.started_at == placed.finished_at
    assert measured(now).minutes_per_1000_high == 40


def test_of_the_last_fifty_that_ended_some_were_completed(
    alice: User, sold: Service, now: datetime
) -> None:
    for number in range(4):
        ended(alice, sold, now, to=Status.CANCELED if number else Status.COMPLETED)
    pace = measured(now)
    assert (pace.orders, pace.ended, pace.completed) == (1, 4, 1)


def test_orders_that_no_provider_had_say_nothing(alice: User, sold: Service, now: datetime) -> None:
    lifecycle.cancel_in_full(order=order(alice, service=sold), at=now)
    assert pacing.measure_paces(at=now) == 0


def test_only_services_with_a_new_end_are_measured_again(
    alice: User, sold: Service, now: datetime
) -> None:
    ended(alice, sold, now)
    assert pacing.measure_paces(at=now + timedelta(days=1)) == 1
    assert pacing.measure_paces(at=now + timedelta(days=2)) == 0
    ended(alice, sold, now + timedelta(days=3))
    assert pacing.measure_paces(at=now + timedelta(days=4)) == 1
    assert Pace.objects.get().orders == 2


def test_any_number_of_services_takes_two_statements(alice: User, now: datetime) -> None:
    for _number in range(3):
        ended(alice, service(), now)
    with CaptureQueriesContext(
        connection,
    ) as taken:
        assert pacing.measure_paces(at=now + timedelta(days=1)) == 3
    assert len(taken) == 2


def pace(sold: Service, now: datetime, *, orders: int = 10) -> Pace:
    return Pace.objects.create(
        service=sold,
        orders=orders,
        start_minutes_low=5,
        start_minutes_high=20,
        minutes_per_1000_low=25,
        minutes_per_1000_high=70,
        ended=50,
        completed=48,
        measured_at=now,
    )


def test_an_order_is_late_after_three_times_what_its_service_takes(
    alice: User, sold: Service, now: datetime
) -> None:
    pace(sold, now)
    placed = accepted(alice, sold, at=now, quantity=2000)
    assert placed.expected_by == now + minutes(3 * (20 + 140 + 1))
    just_before = placed.expected_by
    assert not Order.objects.late(at=just_before).exists()
    assert Order.objects.late(at=just_before + minutes(1)).get() == placed


def test_without_enough_orders_the_usual_time_of_the_service_counts(
    alice: User, terms: None, now: datetime
) -> None:
    said = service(average_minutes=60)
    pace(said, now, orders=2)
    assert accepted(alice, said, at=now).expected_by == now + minutes(180)


def test_where_nobody_knows_nothing_is_late(alice: User, sold: Service, now: datetime) -> None:
    assert accepted(alice, sold, at=now).expected_by is None
    assert not Order.objects.late(at=now + timedelta(days=365)).exists()


def test_an_order_that_ended_is_not_late(alice: User, sold: Service, now: datetime) -> None:
    pace(sold, now)
    placed = accepted(alice, sold, at=now)
    lifecycle.advance(order=placed, to=Status.COMPLETED, at=now)
    assert not Order.objects.late(at=now + timedelta(days=9)).exists()


def test_what_is_left_follows_the_orders_own_speed(
    alice: User, sold: Service, now: datetime
) -> None:
    pace(sold, now)
    placed = accepted(alice, sold, at=now)
    assert expecting.minutes_left(order=placed, at=now + minutes(10)) == 81
    lifecycle.advance(order=placed, to=Status.IN_PROGRESS, at=now)
    placed.started_at, placed.remains = now, 250
    placed.clock.checked_at = now + minutes(30)
    assert expecting.minutes_left(order=placed, at=now + minutes(32)) == 8


def test_an_estimate_that_is_over_is_not_shown(alice: User, sold: Service, now: datetime) -> None:
    pace(sold, now)
    placed = accepted(alice, sold, at=now)
    assert expecting.minutes_left(order=placed, at=now + minutes(91)) is None


def test_an_order_that_nobody_has_or_that_ended_has_no_estimate(
    alice: User, sold: Service, now: datetime
) -> None:
    pace(sold, now)
    assert expecting.minutes_left(order=order(alice, service=sold), at=now) is None
    placed = accepted(alice, sold, at=now)
    lifecycle.advance(order=placed, to=Status.COMPLETED, at=now)
    assert expecting.minutes_left(order=placed, at=now) is None


def test_a_package_is_measured_as_a_whole(alice: User, terms: None, now: datetime) -> None:
    whole = service(type=ServiceType.PACKAGE, min_quantity=1, max_quantity=1)
    placed = ended(alice, whole, now, quantity=None, per_1000=0)
    placed.finished_at = now + minutes(65)
    placed.save()
    assert measured(now).minutes_per_1000_high == 60
