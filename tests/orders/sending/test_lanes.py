"""A provider's lane: so many at once, so many a minute, and a rest after failures. Exact over all
workers, and never at the cost of another provider's orders."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from orders.models import Order, Status, Submission
from orders.sending import forwarding, lanes, sweeping
from services import breaking, pausing
from services.models import Provider, Service
from services.providers.errors import NotSent, OutcomeUnknown, Refused
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.races import Gate, all_at_once


def started(alice: User, views: Service, count: int, at: datetime) -> int:
    """How many of so many orders the lane lets leave at one moment."""
    placed = [order(alice, service=views, quantity=100, at=at) for _ in range(count)]
    return sum(forwarding.begin(order_id=one.pk, at=at) is not None for one in placed)


@pytest.mark.django_db
@pytest.mark.parametrize("width", [1, 3])
def test_no_more_leave_at_once_than_the_lane_is_wide(
    alice: User, views: Service, provider_of_views: Provider, now: datetime, width: int
) -> None:
    Provider.objects.filter(pk=provider_of_views.pk).update(lane_width=width)
    assert started(alice, views, 5, now) == width


@pytest.mark.django_db
def test_no_more_leave_in_any_minute_than_the_provider_allows(
    alice: User, views: Service, provider_of_views: Provider, now: datetime
) -> None:
    lane = Provider.objects.filter(pk=provider_of_views.pk)
    lane.update(sends_per_minute=3, lane_width=50)
    assert started(alice, views, 5, now) == 3
    assert started(alice, views, 1, now + timedelta(seconds=59)) == 0
    assert started(alice, views, 9, now + timedelta(seconds=61)) == 3


@pytest.mark.django_db
def test_what_does_not_fit_waits_and_is_handed_out_again(
    alice: User, views: Service, provider_of_views: Provider, now: datetime
) -> None:
    Provider.objects.filter(pk=provider_of_views.pk).update(sends_per_minute=1)
    started(alice, views, 2, now)
    later = now + timedelta(seconds=61)
    assert len(sweeping.due_orders(at=later, most_per_provider=9)) == 1


def leave_together(placed: list[Order], at: datetime) -> int:
    """Lets as many workers as there are orders claim them at one moment."""
    claims = [partial(forwarding.begin, order_id=one.pk, at=at) for one in placed]
    return sum(attempt is not None for attempt in all_at_once(*claims))


@pytest.fixture
def many(alice: User, views: Service, provider_of_views: Provider) -> list[Order]:
    lane = Provider.objects.filter(pk=provider_of_views.pk)
    lane.update(lane_width=50, sends_per_minute=4)
    return [order(alice, service=views, quantity=100) for _ in range(12)]


def test_the_rate_is_exact_when_many_workers_claim_at_once(
    fresh_db: TestDatabase, many: list[Order]
) -> None:
    assert leave_together(many, timezone.now()) == 4


def test_without_the_lock_the_same_workers_pass_the_rate(
    fresh_db: TestDatabase, many: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:

    def count(provider: Provider, *, at: datetime) -> int:
        return 4 - Submission.objects.filter(provider=provider, started_at__gt=at).count()

    monkeypatch.setattr(lanes, "_room_in_minute", Gate(len(many)).after(count))
    monkeypatch.setattr(lanes, "lock_lane", lambda number: Provider.objects.get(pk=number))
    assert leave_together(many, timezone.now()) == len(many)


class TestTheBreaker:
    pytestmark = pytest.mark.django_db

    @pytest.mark.parametrize(
        ("failures", "pause"), [(1, 0), (2, 0), (3, 30), (4, 60), (5, 120), (8, 900), (60, 900)]
    )
    def test_pauses_grow_with_the_failures_in_a_row(self, failures: int, pause: int) -> None:
        assert breaking.pause_seconds(failures=failures) == pause

    def test_a_wish_of_the_provider_counts_at_once_and_has_a_limit(self) -> None:
        assert breaking.pause_seconds(failures=1, wish_seconds=7) == 7
        assert breaking.pause_seconds(failures=1, wish_seconds=10**9) == 900

    @pytest.mark.parametrize(
        "failure", [NotSent("connect"), NotSent("dns"), OutcomeUnknown("deadline")]
    )
    def test_three_failures_rest_the_lane_and_lose_no_order(
        self, alice: User, views: Service, provider_of_views: Provider, failure: forwarding.Outcome
    ) -> None:
        fail(alice, views, failure, times=3)
        waiting = order(alice, service=views, quantity=100)
        forwarding.forward(order_id=waiting.pk, sender=lambda _: failure)
        waiting.refresh_from_db()
        provider_of_views.refresh_from_db()
        assert waiting.status == Status.QUEUED
        assert not waiting.submissions.exists()
        assert provider_of_views.tripped_until is not None
        assert sweeping.due_orders(at=timezone.now(), most_per_provider=9) == []

    @pytest.mark.parametrize(
        "answer",
        [NotSent("fence"), OutcomeUnknown("duplicate_link"), Refused("Bad link")],
        ids=lambda one: type(one).__name__,
    )
    def test_what_says_nothing_about_its_health_rests_nothing(
        self, alice: User, views: Service, provider_of_views: Provider, answer: forwarding.Outcome
    ) -> None:
        fail(alice, views, answer, times=4)
        provider_of_views.refresh_from_db()
        assert (provider_of_views.failures_in_a_row, provider_of_views.tripped_until) == (0, None)

    def test_one_order_is_tried_after_the_rest_and_opens_the_lane(
        self, alice: User, views: Service, provider_of_views: Provider, upstream: DemoProvider
    ) -> None:
        fail(alice, views, NotSent("connect"), times=3)
        Order.objects.update(status=Status.HELD)
        later = timezone.now() + timedelta(seconds=31)
        placed = [order(alice, service=views, quantity=100) for _ in range(3)]
        begun = [forwarding.begin(order_id=one.pk, at=later) for one in placed]
        probe = begun[0]
        assert [attempt is not None for attempt in begun] == [True, False, False]
        assert probe is not None
        forwarding.finish(attempt=probe, outcome=forwarding.send(probe), at=later)
        provider_of_views.refresh_from_db()
        assert (provider_of_views.failures_in_a_row, provider_of_views.tripped_until) == (0, None)
        assert forwarding.begin(order_id=placed[1].pk, at=later) is not None

    def test_a_probe_that_fails_rests_the_lane_for_longer(
        self, alice: User, views: Service, provider_of_views: Provider
    ) -> None:
        fail(alice, views, NotSent("connect"), times=3)
        Provider.objects.update(tripped_until=timezone.now())
        fail(alice, views, NotSent("connect"), times=1)
        provider_of_views.refresh_from_db()
        rest = (provider_of_views.tripped_until or timezone.now()) - timezone.now()
        assert 55 < rest.total_seconds() <= 60

    def test_staff_may_try_it_again_at_once(
        self, alice: User, views: Service, provider_of_views: Provider, olga: User
    ) -> None:
        fail(alice, views, NotSent("connect"), times=3)
        at = timezone.now()
        soon = at + timedelta(seconds=25)
        assert sweeping.due_orders(at=soon, most_per_provider=9) == []
        pausing.resume_provider(provider_id=provider_of_views.pk, actor=olga, at=at)
        assert len(sweeping.due_orders(at=soon, most_per_provider=9)) == 3


def fail(alice: User, views: Service, failure: forwarding.Outcome, *, times: int) -> None:
    """So many orders end like this, one after the other; the lane's rest is not waited for."""
    sender: Callable[[forwarding.Attempt], forwarding.Outcome] = lambda _: failure  # noqa: E731
    for _ in range(times):
        forwarding.forward(order_id=order(alice, service=views, quantity=100).pk, sender=sender)


@pytest.mark.django_db
def test_a_turn_that_is_over_hands_the_lane_on(
    alice: User, views: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = [order(alice, service=views, quantity=100).pk for _ in range(3)]
    handed_on: list[int] = []
    monkeypatch.setattr(forwarding, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(forwarding, "_nudge", handed_on.append)
    forwarding.forward(order_id=placed[0])
    assert Order.objects.filter(status=Status.PENDING).count() == 1
    assert set(handed_on) < set(placed[1:])
    assert len(handed_on) == 1


@pytest.mark.django_db
def test_an_order_waits_where_the_providers_key_cannot_be_read(
    alice: User, views: Service, provider_row: Provider, upstream: DemoProvider, settings: Settings
) -> None:
    placed = order(alice, service=views)
    settings.FIELD_KEYS = [f"other:{b64encode(bytes(32)).decode()}"]
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    provider_row.refresh_from_db()
    assert (placed.status, provider_row.failures_in_a_row) == (Status.QUEUED, 1)
    assert upstream.counts() == {}


@pytest.mark.django_db
def test_an_order_waits_where_the_providers_dialect_cannot_be_used(
    alice: User, views: Service, provider_row: Provider, upstream: DemoProvider
) -> None:
    placed = order(alice, service=views)
    Provider.objects.update(dialect_preset="klingon")
    for _ in range(2):
        forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    provider_row.refresh_from_db()
    assert (placed.status, provider_row.failures_in_a_row) == (Status.QUEUED, 2)
    assert not placed.submissions.exists()
