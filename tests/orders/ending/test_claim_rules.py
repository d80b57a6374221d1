"""Which claims may be made, to the minute, by the order's own terms (DEL-04, DEL-05,
DEL-06, REF-11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders.ending.claim_rules import grounds_of
from orders.models import Claim, Order, Status, Subscription
from services.models import Service
from tests.factories import order as placed_order
from tests.orders.ending.claiming import AT_PROVIDER, UNDER_WAY, claim_of, gone, terms_with
from tests.orders.pages import walk
from tests.orders.plans.planning import drip_feed, dripping, sweep
from tests.orders.plans.subscribing import subscribed

Kind = Claim.Kind
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WINDOW = {"order_claim_window_days": 7, "order_nonstart_days": 7, "order_claim_grace_days": 7}
AFTER_DELIVERY = {"not_as_described", "technical"}


def why_not(order: Order, kind: Claim.Kind, at: datetime) -> str:
    order.refresh_from_db()
    return next(one.why_not for one in grounds_of(order=order, at=at) if one.kind == kind)


def open_kinds(order: Order, at: datetime | None = None) -> set[str]:
    order.refresh_from_db()
    grounds = grounds_of(order=order, at=at or timezone.now())
    return {one.kind.value for one in grounds if one.is_open}


@pytest.mark.parametrize("statuses", [(), AT_PROVIDER])
def test_what_has_not_started_is_claimed_from_the_deadline_on(
    alice: User, statuses: tuple[Status, ...]
) -> None:
    order = gone(alice, *statuses)
    deadline = order.created_at + 14 * DAY
    assert "You can claim this from" in why_not(order, Kind.NOT_STARTED, deadline - MINUTE)
    assert why_not(order, Kind.NOT_STARTED, deadline) == ""
    assert why_not(order, Kind.NOT_STARTED, deadline + 1000 * DAY) == ""


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.PROCESSING, Status.COMPLETED])
def test_what_has_started_is_no_claim_of_that_kind(alice: User, status: Status) -> None:
    order = gone(alice, *AT_PROVIDER, status)
    assert why_not(order, Kind.NOT_STARTED, timezone.now() + 20 * DAY) == "It has started."


def test_delivered_units_count_as_a_start_whatever_the_status_says(alice: User) -> None:
    order = gone(alice, *AT_PROVIDER)
    Order.objects.filter(pk=order.pk).update(started_at=timezone.now())
    assert why_not(order, Kind.NOT_STARTED, timezone.now() + 20 * DAY) == "It has started."


def test_what_is_not_done_by_the_deadline_is_claimed_until_the_grace_is_over(alice: User) -> None:
    terms_with(**WINDOW)
    order = gone(alice, *UNDER_WAY)
    placed = order.created_at
    assert why_not(order, Kind.NOT_DELIVERED, placed + 7 * DAY - MINUTE)
    assert why_not(order, Kind.NOT_DELIVERED, placed + 7 * DAY) == ""
    assert why_not(order, Kind.NOT_DELIVERED, placed + 14 * DAY) == ""
    late = why_not(order, Kind.NOT_DELIVERED, placed + 14 * DAY + MINUTE)
    assert late.startswith("The time for this claim ended on")


@pytest.mark.parametrize("end", [Status.COMPLETED, Status.PARTIAL, Status.CANCELED])
def test_delivered_means_ended(alice: User, end: Status) -> None:
    order = gone(alice, *UNDER_WAY)
    walk(order, end, remains=100)
    assert why_not(order, Kind.NOT_DELIVERED, timezone.now() + 20 * DAY)


@pytest.mark.parametrize("kind", [Kind.NOT_AS_DESCRIBED, Kind.TECHNICAL])
def test_other_claims_run_from_the_purchase_to_the_minute(alice: User, kind: Claim.Kind) -> None:
    terms_with(**WINDOW)
    order = gone(alice, *UNDER_WAY, Status.COMPLETED)
    ends = order.created_at + 7 * DAY
    assert why_not(order, kind, ends - MINUTE) == ""
    assert why_not(order, kind, ends + MINUTE).startswith("The time for this claim ended on")


def test_a_drip_feed_is_late_after_its_last_planned_run_only(alice: User) -> None:
    terms_with(**WINDOW)
    order = drip_feed(alice, runs=30, interval=24 * 60)
    sweep()
    planned = order.created_at + 29 * DAY
    early = why_not(order, Kind.NOT_DELIVERED, planned + 7 * DAY - MINUTE)
    assert early.startswith("You can claim this from")
    assert open_kinds(order, planned + 7 * DAY) == {"not_delivered", *AFTER_DELIVERY}


def test_what_a_provider_runs_as_a_drip_feed_is_late_after_its_last_run_too(alice: User) -> None:
    terms_with(**WINDOW)
    sold = dripping(drip_feed_by=Service.RunBy.PROVIDER)
    order = walk(drip_feed(alice, runs=10, interval=24 * 60, service=sold), *UNDER_WAY)
    planned = order.created_at + 9 * DAY
    assert why_not(order, Kind.NOT_DELIVERED, planned + 7 * DAY - MINUTE) != ""
    assert why_not(order, Kind.NOT_DELIVERED, planned + 7 * DAY) == ""


def test_a_subscription_is_late_after_its_last_day(alice: User) -> None:
    terms_with(**WINDOW)
    order = subscribed(alice, posts=3)
    Subscription.objects.update(expires_on=datetime(2099, 5, 1, tzinfo=UTC).date())
    assert why_not(order, Kind.NOT_DELIVERED, datetime(2099, 5, 8, 23, 59, tzinfo=UTC)) != ""
    assert why_not(order, Kind.NOT_DELIVERED, datetime(2099, 5, 9, tzinfo=UTC)) == ""


def test_the_claim_window_of_a_plan_begins_at_its_end(alice: User) -> None:
    terms_with(**WINDOW)
    order = drip_feed(alice, runs=30, interval=24 * 60)
    sweep()
    assert open_kinds(order, order.created_at + 29 * DAY) == AFTER_DELIVERY
    ended = order.created_at + 40 * DAY
    Order.objects.filter(pk=order.pk).update(status=Status.PARTIAL, finished_at=ended)
    assert open_kinds(order, ended + 7 * DAY) == AFTER_DELIVERY
    assert open_kinds(order, ended + 7 * DAY + MINUTE) == set()


def test_terms_without_a_window_set_no_end(alice: User) -> None:
    order = gone(alice, *UNDER_WAY, Status.COMPLETED)
    assert why_not(order, Kind.TECHNICAL, order.created_at + 3000 * DAY) == ""


def test_the_terms_of_the_order_count_and_not_todays(alice: User) -> None:
    before = gone(alice, *UNDER_WAY, Status.COMPLETED)
    terms_with(**WINDOW)
    after = placed_order(alice)
    walk(after, *UNDER_WAY, Status.COMPLETED)
    on_day_8 = timezone.now() + 8 * DAY
    assert why_not(before, Kind.TECHNICAL, on_day_8) == ""
    assert why_not(after, Kind.TECHNICAL, on_day_8) != ""


def test_nothing_is_as_described_before_it_is_delivered(alice: User) -> None:
    order = gone(alice)
    assert (
        why_not(order, Kind.NOT_AS_DESCRIBED, timezone.now()) == "Nothing has been delivered yet."
    )


def test_a_mistake_of_the_customer_is_answered_in_standing_words(alice: User) -> None:
    """One answer to every kind of claim (ORD-12)."""
    order = gone(alice, *UNDER_WAY, Status.COMPLETED)
    assert open_kinds(order) == {"not_as_described", "technical"}
    Order.objects.filter(pk=order.pk).update(user_error_at=timezone.now())
    assert open_kinds(order) == set()
    assert "which we cannot pay back" in why_not(order, Kind.TECHNICAL, timezone.now())


def test_what_came_back_in_full_cannot_be_claimed(alice: User) -> None:
    order = gone(alice, *UNDER_WAY)
    walk(order, Status.CANCELED)
    assert open_kinds(order, timezone.now() + 20 * DAY) == set()


def test_one_claim_is_open_at_a_time_and_each_kind_is_decided_once(alice: User) -> None:
    order = gone(alice, *UNDER_WAY, Status.COMPLETED)
    claim = claim_of(order, kind=Kind.TECHNICAL)
    assert open_kinds(order) == set()
    Claim.objects.filter(pk=claim.pk).update(state="declined", decided_at=timezone.now())
    assert open_kinds(order) == {"not_as_described"}
