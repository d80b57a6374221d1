"""Staff set completed, partial and canceled: only along the lifecycle, with the money of a report,
two people from a limit on (REF-03, REF-08)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import ActLog, User
from orders.ending import agreeing, statuses
from orders.ending.proposals import Refused
from orders.ending.statuses import CancelReason, Wanted
from orders.lifecycle import TRANSITIONS
from orders.models import Order, OrderEvent, Proposal, Status
from tests.databases import TestDatabase
from tests.factories import MICROS, service
from tests.orders.ending.claiming import AT_PROVIDER, UNDER_WAY, acting, gone
from tests.orders.pages import walk
from tests.orders.plans.planning import accept, drip_feed, dripping, reread, runs_of, sweep
from tests.races import at_once
from wallet import verification
from wallet.balances import spendable_micros

NOTE = "The provider says so in its chat."
Outcome = Proposal.Outcome


def wanted(
    order: Order,
    to: Status,
    *,
    remains: int | None = None,
    reason: CancelReason | str = "",
) -> Wanted:
    order.refresh_from_db()
    return Wanted(
        to=to,
        note=NOTE,
        seen_status=order.status,
        seen_micros=order.refunded_micros,
        remains=remains,
        cancel_reason=str(reason),
    )


def put(order: Order, by: User, what: Wanted) -> Order:
    statuses.set_status(order_id=order.pk, wanted=what, actor=acting(by))
    return Order.objects.get(pk=order.pk)


def is_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def test_partial_pays_the_undelivered_share_back(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY)
    before = spendable_micros(customer_id=alice.pk)
    done = put(order, olga, wanted(order, Status.PARTIAL, remains=300))
    assert (done.status, done.remains, done.refunded_micros) == (Status.PARTIAL, 300, 300_000)
    assert spendable_micros(customer_id=alice.pk) == before + 300_000
    act = ActLog.objects.get(act="set status")
    assert (act.actor, act.reason) == (olga, NOTE)
    assert act.changes["status"] == ["in_progress", "partial"]
    assert is_clean()


def test_completed_keeps_the_charge(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY)
    done = put(order, olga, wanted(order, Status.COMPLETED))
    assert (done.status, done.refunded_micros) == (Status.COMPLETED, 0)
    assert is_clean()


@pytest.mark.parametrize("reason", CancelReason)
def test_canceled_gives_everything_back_for_one_of_three_reasons(
    alice: User, olga: User, reason: CancelReason
) -> None:
    order = gone(alice, *AT_PROVIDER)
    done = put(order, olga, wanted(order, Status.CANCELED, reason=reason))
    assert (done.status, done.net_charge_micros) == (Status.CANCELED, 0)
    step = done.events.filter(kind=OrderEvent.Kind.STATUS).latest("pk")
    assert (step.detail["reason"], step.actor) == (reason.value, olga)
    assert is_clean()


def test_what_was_completed_can_still_be_canceled(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY, Status.COMPLETED)
    done = put(order, olga, wanted(order, Status.CANCELED, reason=CancelReason.UNAVAILABLE))
    assert (done.status, done.net_charge_micros) == (Status.CANCELED, 0)
    assert is_clean()


@pytest.mark.parametrize("reason", ["", "because", CancelReason.NOT_STARTED])
def test_canceling_takes_a_reason_that_fits(
    alice: User, olga: User, reason: CancelReason | str
) -> None:
    order = gone(alice, *UNDER_WAY)
    with pytest.raises(Refused) as refusal:
        put(order, olga, wanted(order, Status.CANCELED, reason=reason))
    assert refusal.value.field == "cancel_reason"


@pytest.mark.parametrize("remains", [None, -1, 0, 1000, 1001])
def test_a_part_is_more_than_nothing_and_less_than_all(
    alice: User, olga: User, remains: int | None
) -> None:
    order = gone(alice, *UNDER_WAY)
    with pytest.raises(Refused) as refusal:
        put(order, olga, wanted(order, Status.PARTIAL, remains=remains))
    assert refusal.value.field == "remains"


@pytest.mark.parametrize("status", Status)
def test_nothing_but_the_lifecycles_own_steps_is_offered(alice: User, status: Status) -> None:
    order = gone(alice)
    order.status = status
    offered = set(statuses.settable(order))
    assert offered <= TRANSITIONS[status]
    if status in (Status.SUBMITTING, Status.UNCERTAIN):
        assert offered == set()


def test_a_step_back_is_refused(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY, Status.PARTIAL)
    with pytest.raises(Refused, match="from where it is"):
        put(order, olga, wanted(order, Status.COMPLETED))


def test_less_delivered_than_was_paid_back_for_moves_nothing_twice(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY)
    order = walk(order, Status.PARTIAL, remains=600)
    done = put(order, olga, wanted(order, Status.CANCELED, reason=CancelReason.SYSTEM_ERROR))
    assert done.refunded_micros == done.charge_micros
    assert is_clean()


def test_what_moved_since_it_was_seen_is_looked_at_again(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY)
    stale = wanted(order, Status.COMPLETED)
    walk(order, Status.PROCESSING)
    with pytest.raises(Refused, match="moved meanwhile"):
        put(order, olga, stale)


def test_nobody_sets_an_order_of_his_own(olga: User) -> None:
    order = gone(olga, *UNDER_WAY)
    with pytest.raises(Refused, match="your own order"):
        put(order, olga, wanted(order, Status.COMPLETED))


def test_a_mistake_of_the_customer_is_paid_back_by_finance_alone(
    alice: User, olga: User, fiona: User
) -> None:
    order = gone(alice, *UNDER_WAY)
    Order.objects.update(user_error_at=timezone.now())
    with pytest.raises(Refused, match="only finance"):
        put(order, olga, wanted(order, Status.PARTIAL, remains=1))
    assert put(order, fiona, wanted(order, Status.PARTIAL, remains=1)).refunded_micros == 1000


class TestTwoPeople:
    @pytest.fixture
    def large(self, alice: User) -> Order:
        """30 dollars."""
        return gone(alice, *UNDER_WAY, quantity=30_000, service=service(max_quantity=100_000))

    def test_above_the_limit_a_second_person_agrees(
        self, large: Order, olga: User, fiona: User
    ) -> None:
        what = wanted(large, Status.CANCELED, reason=CancelReason.SYSTEM_ERROR)
        assert put(large, olga, what).status == Status.IN_PROGRESS
        proposal = Proposal.objects.get()
        assert proposal.details["amount_micros"] == 30 * MICROS
        done = agreeing.agree(proposal_id=proposal.pk, actor=acting(fiona))
        large.refresh_from_db()
        assert (done.outcome, large.status) == (Outcome.DONE, Status.CANCELED)
        assert is_clean()

    def test_a_report_in_between_overtakes_it(self, large: Order, olga: User, fiona: User) -> None:
        put(large, olga, wanted(large, Status.CANCELED, reason=CancelReason.SYSTEM_ERROR))
        walk(large, Status.COMPLETED)
        late = agreeing.agree(proposal_id=Proposal.objects.get().pk, actor=acting(fiona))
        large.refresh_from_db()
        assert (late.outcome, large.status) == (Outcome.OVERTAKEN, Status.COMPLETED)

    def test_what_keeps_the_charge_takes_one(self, large: Order, olga: User) -> None:
        assert put(large, olga, wanted(large, Status.COMPLETED)).status == Status.COMPLETED

    def test_one_proposal_waits_at_a_time(self, large: Order, olga: User, fiona: User) -> None:
        what = wanted(large, Status.CANCELED, reason=CancelReason.SYSTEM_ERROR)
        put(large, olga, what)
        with pytest.raises(Refused, match="waits already"):
            put(large, olga, what)


def test_two_who_set_it_at_once_set_it_once(
    fresh_db: TestDatabase, alice: User, olga: User
) -> None:
    order = gone(alice, *UNDER_WAY)
    what = wanted(order, Status.PARTIAL, remains=400)

    def act() -> str:
        try:
            put(order, olga, what)
        except Refused as refusal:
            return refusal.message
        return "set"

    answers = at_once(3, act)
    assert sorted(answers)[-1] == "set"
    assert sorted(answers)[:2] == ["The order has moved meanwhile: look at it again."] * 2
    assert Order.objects.get().refunded_micros == 400_000


def costly_feed(alice: User) -> tuple[Order, Order]:
    """A drip-feed of two runs at 50 each, and the first of them at its provider."""
    parent = drip_feed(alice, service=dripping(rate_micros=50 * MICROS), quantity=1000, runs=2)
    sweep()
    return parent, accept(runs_of(parent)[0])


def test_what_the_plan_pays_for_a_run_takes_two_people(alice: User, olga: User) -> None:
    parent, run = costly_feed(alice)
    part = put(run, olga, wanted(run, Status.PARTIAL, remains=400))
    sweep(at=timezone.now())
    assert (part.status, reread(parent).refunded_micros) == (Status.PARTIAL, 20 * MICROS)
    done = Proposal.objects.get(outcome=Outcome.DONE)
    assert done.details["amount_micros"] == 20 * MICROS
    what = wanted(run, Status.CANCELED, reason=CancelReason.UNAVAILABLE)
    assert statuses.amount_of(order=reread(run), wanted=what) == 30 * MICROS
    assert put(run, olga, what).status == Status.PARTIAL
    assert Proposal.objects.get(outcome=Outcome.WAITING).details["amount_micros"] == 30 * MICROS


@pytest.mark.parametrize(("to", "remains"), [(Status.COMPLETED, None), (Status.PARTIAL, 1)])
def test_ending_a_plan_early_counts_the_runs_that_never_begin(
    alice: User, olga: User, to: Status, remains: int | None
) -> None:
    parent, _run = costly_feed(alice)
    assert put(parent, olga, wanted(parent, to, remains=remains)).status == Status.IN_PROGRESS
    assert Proposal.objects.get().details["amount_micros"] == 50 * MICROS


def test_a_customers_mistake_holds_for_the_plan_and_its_runs(alice: User, olga: User) -> None:
    parent, run = costly_feed(alice)
    for marked, ended in ((parent, run), (run, parent)):
        Order.objects.update(user_error_at=None)
        Order.objects.filter(pk=marked.pk).update(user_error_at=timezone.now())
        with pytest.raises(Refused, match="mistake"):
            put(ended, olga, wanted(ended, Status.CANCELED, reason=CancelReason.UNAVAILABLE))
