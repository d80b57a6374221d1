"""Opening claims, their clock, and the sweeps about them (REF-11 to REF-13, REF-15, DEL-04)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import ActLog, Case, User
from orders.ending import claim_decisions, claims, nonstart
from orders.ending.claims import ClaimRefused
from orders.models import Claim, Order, OrderEvent, Status
from tests.databases import TestDatabase
from tests.factories import order as placed_order
from tests.orders.ending.claiming import (
    AT_PROVIDER,
    SEEN_AT,
    UNDER_WAY,
    WORDS,
    acting,
    claim_of,
    gone,
    terms_with,
)
from tests.orders.pages import walk
from tests.races import at_once
from wallet import verification
from wallet.balances import spendable_micros

Kind = Claim.Kind
DAY = timedelta(days=1)
FRIDAY_EVENING = datetime(2026, 11, 27, 18, tzinfo=UTC)


@pytest.fixture
def done(alice: User) -> Order:
    return gone(alice, *UNDER_WAY, Status.COMPLETED)


def test_a_claim_has_its_facts_and_a_line_in_the_story(done: Order, alice: User) -> None:
    claim = claim_of(done)
    assert (claim.state, claim.opened_by, claim.reason) == ("open", alice, WORDS)
    assert claim.evidence == SEEN_AT
    line = done.events.get(kind=OrderEvent.Kind.CLAIM)
    assert line.detail == {"claim": claim.pk, "claim_kind": "not_as_described", "state": "open"}
    assert line.actor == alice


def test_the_answer_is_due_in_48_calendar_hours(done: Order) -> None:
    claim = claim_of(done, at=FRIDAY_EVENING)
    assert claim.due_at == datetime(2026, 11, 29, 18, tzinfo=UTC)
    assert f"{claim.due_at:%A}" == "Sunday"


def test_a_second_press_is_the_first_claim(done: Order) -> None:
    assert claim_of(done) == claim_of(done)
    assert Claim.objects.count() == 1
    with pytest.raises(ClaimRefused, match="is being looked at"):
        claim_of(done, kind=Kind.TECHNICAL)


@pytest.mark.parametrize("kind", [Kind.NOT_STARTED, Kind.NOT_DELIVERED, Kind.PARTIAL])
def test_what_the_terms_do_not_open_is_refused(done: Order, kind: Claim.Kind) -> None:
    with pytest.raises(ClaimRefused):
        claim_of(done, kind=kind)
    assert not Claim.objects.exists()


def test_support_opens_the_same_row_for_a_customer(done: Order, sam: User) -> None:
    by_support = claim_of(done, by=sam)
    assert (by_support.order.customer, by_support.opened_by) == (done.customer, sam)
    assert by_support.due_at - by_support.opened_at == claims.REVIEW_TIME
    act = ActLog.objects.get(act="open claim")
    assert (act.actor, act.target) == (sam, done.reference)


def test_the_suggested_sum_is_what_was_not_delivered(alice: User) -> None:
    order = gone(alice, *UNDER_WAY, quantity=1000)
    Order.objects.filter(pk=order.pk).update(remains=300)
    order.refresh_from_db()
    assert claims.suggested_for(order=order, kind=Kind.NOT_DELIVERED) == 300_000
    assert claims.suggested_for(order=order, kind=Kind.NOT_STARTED) == order.charge_micros
    order.remains = None
    assert claims.suggested_for(order=order, kind=Kind.NOT_DELIVERED) == order.charge_micros


def test_expedited_claims_come_first_and_then_the_earliest_due(
    alice: User, sam: User, now: datetime
) -> None:
    orders = [gone(alice, *UNDER_WAY, Status.COMPLETED) for _turn in range(3)]
    first, second, third = [claim_of(one, at=now + turn * DAY) for turn, one in enumerate(orders)]
    claims.put_first(claim_id=third.pk, by=sam, at=now)
    assert list(Claim.objects.open()) == [third, first, second]
    claims.put_back(claim_id=third.pk, by=sam, at=now)
    assert list(Claim.objects.open()) == [first, second, third]
    acts = ActLog.objects.filter(actor=sam).order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["expedite claim", "take claim's turn back"]


def test_an_overdue_claim_is_a_case_once(done: Order) -> None:
    claim = claim_of(done, at=FRIDAY_EVENING)
    assert claims.raise_overdue(at=claim.due_at) == 0
    for _sweep in range(2):
        assert claims.raise_overdue(at=claim.due_at + timedelta(minutes=1)) == 1
    case = Case.objects.get(kind=Case.Kind.CLAIM_LATE)
    assert (case.key, case.due_at) == (f"claim:{claim.pk}", claim.due_at)


def test_a_claim_ends_by_itself_when_everything_came_back(alice: User) -> None:
    order = gone(alice, *UNDER_WAY)
    claim = claim_of(order)
    claims.raise_overdue(at=claim.due_at + DAY)
    assert claims.close_settled(at=timezone.now()) == 0
    walk(order, Status.CANCELED)
    assert claims.close_settled(at=timezone.now()) == 1
    claim.refresh_from_db()
    assert (claim.state, claim.verdict, claim.decided_by) == ("approved", "came_back", None)
    assert not Case.objects.open().exists()


def test_what_was_proposed_about_a_claim_ends_with_it(alice: User, sam: User) -> None:
    order = gone(alice, *UNDER_WAY)
    proposal = claim_decisions.approve(
        claim_id=claim_of(order).pk,
        amount_micros=400_000,
        seen_micros=0,
        note="The counter shows the gap.",
        actor=acting(sam),
    )
    walk(order, Status.CANCELED)
    claims.close_settled(at=timezone.now())
    proposal.refresh_from_db()
    assert (proposal.outcome, proposal.decided_by) == ("overtaken", None)
    assert not order.proposals.waiting().exists()


class TestWithoutBeingAsked:
    """`order.nonstart_auto`."""

    @pytest.fixture(autouse=True)
    def _terms(self, alice: User) -> None:
        terms_with(order_nonstart_auto=True, order_nonstart_days=7)

    @pytest.mark.parametrize("statuses", [(), AT_PROVIDER])
    def test_what_has_not_started_in_time_comes_back(
        self, alice: User, statuses: tuple[Status, ...]
    ) -> None:
        order = gone(alice, *statuses)
        before = spendable_micros(customer_id=alice.pk)
        deadline = order.created_at + 7 * DAY
        assert nonstart.refund_unstarted(at=deadline - timedelta(minutes=1)) == 0
        assert nonstart.refund_unstarted(at=deadline) == 1
        assert nonstart.refund_unstarted(at=deadline + DAY) == 0
        order.refresh_from_db()
        assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)
        assert spendable_micros(customer_id=alice.pk) == before + order.charge_micros
        assert all(finding.is_ok for finding in verification.verify())

    @pytest.mark.parametrize(
        "statuses",
        [(Status.SUBMITTING,), (Status.SUBMITTING, Status.UNCERTAIN), UNDER_WAY],
    )
    def test_what_started_or_is_in_doubt_is_left_alone(
        self, alice: User, statuses: tuple[Status, ...]
    ) -> None:
        gone(alice, *statuses)
        assert nonstart.refund_unstarted(at=timezone.now() + 30 * DAY) == 0

    def test_terms_that_wait_to_be_asked_are_left_alone(self, alice: User) -> None:
        terms_with(order_nonstart_auto=False)
        gone(alice)
        assert nonstart.refund_unstarted(at=timezone.now() + 30 * DAY) == 0


def test_of_many_presses_at_once_one_opens_a_claim(fresh_db: TestDatabase, alice: User) -> None:
    order = placed_order(alice)
    walk(order, *UNDER_WAY, Status.COMPLETED)
    assert len(set(at_once(4, lambda: claim_of(order).pk))) == 1
    assert Claim.objects.count() == 1
