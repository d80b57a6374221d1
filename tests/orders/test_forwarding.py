"""Giving an order to a real provider over real HTTP, and every way in which that can end
(DEL-11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import (
    DatabaseError,
    DataError,
    Error,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.utils import timezone

from accounts import freezing, switches
from accounts.models import Case, KillSwitch, User
from orders.models import Order, Status, Submission
from orders.sending import beginning, forwarding, outcomes, sweeping
from services.models import Provider, Service
from services.providers.dialect import API_V2
from services.providers.errors import NotSent, OutcomeUnknown, Refused
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db
State = Submission.State


@pytest.fixture
def queued(alice: User, views: Service) -> Order:
    return order(alice, service=views, link="https://example.com/p/1", quantity=1000)


def forward(placed: Order) -> Order:
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    return placed


def test_an_accepted_order_is_followed_from_then_on(queued: Order, upstream: DemoProvider) -> None:
    forward(queued)
    assert queued.status == Status.PENDING
    assert upstream.counts() == {"https://example.com/p/1": 1}
    assert queued.external_id == str(upstream.orders()[0]["number"])
    assert queued.next_check_at is not None
    assert queued.submissions.get().state == State.ACCEPTED


def test_an_order_that_went_out_does_not_go_again(queued: Order, upstream: DemoProvider) -> None:
    for _repeat in range(3):
        forward(queued)
    assert upstream.counts() == {"https://example.com/p/1": 1}


def test_the_provider_learns_the_link_and_nothing_about_the_customer(
    queued: Order, upstream: DemoProvider, alice: User
) -> None:
    forward(queued)
    request = upstream.requests()[-1]
    assert set(request["fields"]) == {"key", "action", "service", "link", "quantity"}
    told = str(request).lower()
    for secret in (alice.email, str(alice.pk) + "@", "x-forwarded-for", "referer", "cookie"):
        assert secret.lower() not in told


def test_a_definite_refusal_gives_the_whole_charge_back(
    queued: Order, upstream: DemoProvider, alice: User
) -> None:
    upstream.fault("error", value="Incorrect service ID")
    before = spendable_micros(customer_id=alice.pk)
    forward(queued)
    assert queued.status == Status.CANCELED
    assert spendable_micros(customer_id=alice.pk) == before + queued.charge_micros
    assert queued.submissions.get().state == State.REFUSED


def test_an_unknown_outcome_keeps_the_money_and_asks_staff(
    queued: Order, upstream: DemoProvider, alice: User
) -> None:
    upstream.fault("drop", stage="after")
    before = spendable_micros(customer_id=alice.pk)
    forward(queued)
    assert queued.status == Status.UNCERTAIN
    assert spendable_micros(customer_id=alice.pk) == before
    assert Case.objects.open().get().key == queued.reference
    forward(queued)
    assert upstream.counts() == {"https://example.com/p/1": 1}  # it had been created, once


def test_a_provider_that_is_down_leaves_the_order_queued_with_growing_pauses(
    queued: Order, provider_row: Provider, now: datetime
) -> None:
    Provider.objects.filter(pk=provider_row.pk).update(url="https://127.0.0.1:9/api/v2")
    pauses = []
    for _try in range(3):
        Order.objects.filter(pk=queued.pk).update(not_before=now)
        forward(queued)
        tried_at = queued.submissions.latest("pk").finished_at or now
        pauses.append(round((queued.not_before - tried_at).total_seconds()))
    assert queued.status == Status.QUEUED
    assert pauses == [10, 20, 40]
    assert {submission.state for submission in queued.submissions.all()} == {State.NOT_SENT}


def test_the_pause_never_exceeds_a_quarter_of_an_hour(
    queued: Order, provider_row: Provider
) -> None:
    for number in range(30):
        Submission.objects.create(
            order=queued,
            provider=provider_row,
            state=State.NOT_SENT,
            lease_until=queued.created_at,
            started_at=queued.created_at,
            provider_service_id=str(number),
        )
    assert outcomes.back_off_seconds(order=queued, outcome=NotSent("dns")) == 900
    wish = NotSent("rate_limited", retry_after_seconds=7)
    assert outcomes.back_off_seconds(order=queued, outcome=wish) == 7


def test_a_refusal_of_our_account_pauses_the_provider_and_keeps_the_order(
    queued: Order, upstream: DemoProvider, provider_row: Provider, alice: User, views: Service
) -> None:
    upstream.fault("error", value="Not enough funds on balance")
    forward(queued)
    provider_row.refresh_from_db()
    assert queued.status == Status.QUEUED
    assert provider_row.is_paused
    assert Case.objects.open().get().kind == Case.Kind.PROVIDER_PAUSED
    other = order(alice, service=views)
    assert forward(other).status == Status.QUEUED
    assert upstream.counts() == {}


def test_a_number_that_was_given_before_is_a_doubt_not_an_acceptance(
    queued: Order, upstream: DemoProvider, alice: User, views: Service
) -> None:
    forward(queued)
    upstream.fault("bad_id", value=int(queued.external_id or 0))
    second = forward(order(alice, service=views))
    assert second.status == Status.UNCERTAIN
    assert second.submissions.get().candidate_id == queued.external_id


def test_a_lost_worker_leaves_a_doubt_and_never_a_second_send(
    queued: Order, upstream: DemoProvider, now: datetime
) -> None:
    attempt = forwarding.begin(order_id=queued.pk, at=now)
    assert attempt is not None
    late = now + timedelta(seconds=beginning.LEASE_SECONDS + 1)
    assert sweeping.sweep_expired_leases(at=now) == 0
    assert sweeping.sweep_expired_leases(at=late) == 1
    assert forward(queued).status == Status.UNCERTAIN
    assert upstream.counts() == {}


def test_a_late_acceptance_of_the_same_attempt_ends_the_doubt(queued: Order, now: datetime) -> None:
    attempt = forwarding.begin(order_id=queued.pk, at=now)
    assert attempt is not None
    late = now + timedelta(seconds=beginning.LEASE_SECONDS + 1)
    sweeping.sweep_expired_leases(at=late)
    forwarding.finish(attempt=attempt, outcome=forwarding.Accepted("991"), at=late)
    queued.refresh_from_db()
    assert (queued.status, queued.external_id) == (Status.PENDING, "991")
    assert not Case.objects.open().exists()


@pytest.mark.parametrize("outcome", [NotSent("dns"), Refused("no"), OutcomeUnknown("reset")])
def test_nothing_else_leaves_the_doubt_without_a_decision(
    queued: Order, now: datetime, outcome: forwarding.Outcome
) -> None:
    attempt = forwarding.begin(order_id=queued.pk, at=now)
    assert attempt is not None
    late = now + timedelta(seconds=beginning.LEASE_SECONDS + 1)
    sweeping.sweep_expired_leases(at=late)
    forwarding.finish(attempt=attempt, outcome=outcome, at=late)
    queued.refresh_from_db()
    assert (queued.status, queued.refunded_micros) == (Status.UNCERTAIN, 0)


def test_a_worker_that_slept_past_the_fence_sends_nothing(
    queued: Order, upstream: DemoProvider, now: datetime
) -> None:
    attempt = forwarding.begin(order_id=queued.pk, at=now)
    assert attempt is not None
    slept = replace(attempt, send_not_after=0.0)
    outcome = forwarding.send(slept)
    assert isinstance(outcome, NotSent)
    assert outcome.reason == "fence"
    assert upstream.requests() == []


def test_the_fence_and_the_deadline_end_before_the_lease() -> None:
    assert beginning.FENCE_SECONDS + API_V2.add_deadline_seconds < beginning.LEASE_SECONDS


@pytest.mark.parametrize("why", ["undo", "suspended", "frozen", "switch", "paused", "unsold"])
def test_an_order_that_is_not_due_is_left_alone(
    queued: Order,
    upstream: DemoProvider,
    alice: User,
    provider_row: Provider,
    why: str,
    now: datetime,
) -> None:
    if why == "undo":
        Order.objects.filter(pk=queued.pk).update(not_before=now + timedelta(seconds=15))
    elif why == "suspended":
        alice.standing = User.Standing.SUSPENDED
        alice.save()
    elif why == "frozen":
        freezing.freeze(user=alice, at=now)
    elif why == "switch":
        switches.switch_off(part=KillSwitch.Part.FORWARDING, reason="restored", actor=alice)
        cache.clear()  # up to ten seconds a process goes on with what it knew
    elif why == "paused":
        Provider.objects.update(paused_at=now)
    else:
        Order.objects.filter(pk=queued.pk).update(offer=None)
    assert forward(queued).status == Status.QUEUED
    assert upstream.requests() == []
    assert not Submission.objects.exists()


def test_a_provider_that_hangs_holds_a_few_places_and_no_more(
    alice: User, views: Service, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    hanging = [order(alice, service=views).pk for _ in range(4)]
    assert all(forwarding.begin(order_id=one, at=later) for one in hanging)
    assert forward(order(alice, service=views)).status == Status.QUEUED
    assert forwarding.begin(order_id=order(alice).pk, at=later) is not None


def test_a_lane_goes_on_in_waves_of_its_width_until_one_order_is_in_doubt(
    alice: User, views: Service, upstream: DemoProvider
) -> None:
    """One order first, then as many at once as the lane is wide: four."""
    placed = [order(alice, service=views) for _ in range(8)]
    upstream.fault("drop", stage="after", link_contains=placed[2].link)
    forward(placed[0])
    found = [Order.objects.get(pk=one.pk).status for one in placed]
    sent = [Status.PENDING, Status.PENDING, Status.UNCERTAIN, Status.PENDING, Status.PENDING]
    assert found == [*sent, *[Status.QUEUED] * 3]
    assert set(upstream.counts().values()) == {1}
    assert len(upstream.counts()) == 5


def test_a_wave_with_a_number_that_was_given_before_is_written_one_by_one(
    alice: User, views: Service, upstream: DemoProvider
) -> None:
    placed = [order(alice, service=views) for _ in range(4)]
    numbers = dict(zip((one.pk for one in placed), ("71", "72", "71", "73"), strict=True))
    forwarding.forward(
        order_id=placed[0].pk,
        sender=lambda attempt: forwarding.Accepted(numbers[attempt.order_id]),
    )
    found = [Order.objects.get(pk=one.pk) for one in placed]
    words = [Status.PENDING, Status.PENDING, Status.UNCERTAIN, Status.PENDING]
    assert [one.status for one in found] == words
    assert [one.external_id for one in found] == ["71", "72", None, "73"]
    assert found[2].submissions.get().candidate_id == "71"


def test_a_fault_of_ours_in_a_wave_leaves_the_others_written_down(
    alice: User, views: Service, upstream: DemoProvider
) -> None:
    placed = [order(alice, service=views) for _ in range(4)]

    def send(attempt: forwarding.Attempt) -> forwarding.Outcome:
        if attempt.order_id == placed[2].pk:
            raise LookupError("a fault of ours")
        return forwarding.send(attempt)

    with pytest.raises(LookupError):
        forwarding.forward(order_id=placed[0].pk, sender=send)
    found = [Order.objects.get(pk=one.pk).status for one in placed]
    assert found == [Status.PENDING, Status.PENDING, Status.SUBMITTING, Status.PENDING]
    sweeping.sweep_expired_leases(at=timezone.now() + timedelta(minutes=2))
    assert Order.objects.get(pk=placed[2].pk).status == Status.UNCERTAIN


def test_a_long_queue_of_one_provider_hides_no_others(
    alice: User, views: Service, now: datetime
) -> None:
    long_queue = [order(alice, service=views).pk for _ in range(5)]
    other = order(alice).pk
    handed_out = sweeping.due_orders(at=now + timedelta(minutes=1), most_per_provider=2)
    assert handed_out == [*long_queue[:2], other]


def test_an_order_that_lost_its_provider_asks_staff_and_stops_nobody(
    queued: Order, alice: User, now: datetime
) -> None:
    Order.objects.filter(pk=queued.pk).update(offer=None)
    other = order(alice).pk
    later = now + timedelta(minutes=1)
    assert sweeping.due_orders(at=later, most_per_provider=1) == [other]
    sweeping.ask_about_unsendable(at=later)
    assert Case.objects.open().get().key == queued.reference


# As the driver names it: mostly the first; the second where the server crashed while nobody asked;
# the third on a connection that it knows to be lost.
@pytest.mark.parametrize("lost", [OperationalError, DatabaseError, InterfaceError])
def test_an_answer_outlives_a_database_that_is_away_for_a_moment(
    queued: Order, monkeypatch: pytest.MonkeyPatch, lost: type[Error]
) -> None:
    honest, failures = forwarding.finish, iter([lost("away")])

    def away_once(**fields: Any) -> None:
        for failure in failures:
            raise failure
        honest(**fields)

    monkeypatch.setattr(forwarding, "finish", away_once)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert forward(queued).status == Status.PENDING


def test_what_the_database_refuses_is_not_tried_again(
    queued: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def refused(**fields: Any) -> None:
        tries.append(fields)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(forwarding, "finish", refused)
    with pytest.raises(DataError):
        forward(queued)
    assert len(tries) == 1


def test_a_number_that_comes_after_a_decision_is_not_lost(queued: Order, now: datetime) -> None:
    attempt = forwarding.begin(order_id=queued.pk, at=now)
    assert attempt is not None
    Submission.objects.update(state=State.RESOLVED)
    forwarding.finish(attempt=attempt, outcome=forwarding.Accepted("991"), at=now)
    queued.refresh_from_db()
    assert queued.external_id is None
    assert "991" in Case.objects.open().get().detail
