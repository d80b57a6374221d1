"""Yes and no to claims: credited in the same request, never above what is left, two people from a
limit on (REF-14, REF-06, DEL-06, ORD-08)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import ActLog, Case, OutboundMail, User
from orders.ending import agreeing, claim_decisions, claims, limits, proposals
from orders.ending.claim_decisions import Verdict
from orders.ending.proposals import Refused
from orders.models import Claim, Order, OrderQuerySet, Proposal, Status
from tests.databases import TestDatabase
from tests.factories import MICROS, service
from tests.factories import order as placed_order
from tests.orders.ending.claiming import AT_PROVIDER, UNDER_WAY, acting, claim_of, gone, later
from tests.orders.pages import walk
from tests.races import Gate, at_once
from wallet import verification
from wallet.balances import spendable_micros

Kind, Outcome = Claim.Kind, Proposal.Outcome
NOTE = "The counter shows the gap."


@pytest.fixture
def order(alice: User) -> Order:
    """A dollar for 1,000, delivered."""
    return gone(alice, *UNDER_WAY, Status.COMPLETED)


@pytest.fixture
def claim(order: Order) -> Claim:
    return claim_of(order)


def approve(
    claim: Claim, by: User, amount_micros: int, *, seen_micros: int | None = None
) -> Proposal:
    return claim_decisions.approve(
        claim_id=claim.pk,
        amount_micros=amount_micros,
        seen_micros=claim.order.refunded_micros if seen_micros is None else seen_micros,
        note=NOTE,
        actor=acting(by),
    )


def decline(claim: Claim, by: User, verdict: Verdict = Verdict.DELIVERED) -> Claim:
    return claim_decisions.decline(claim_id=claim.pk, verdict=verdict, note=NOTE, actor=acting(by))


def is_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def test_a_yes_is_in_the_balance_at_once(claim: Claim, olga: User) -> None:
    before = spendable_micros(customer_id=claim.order.customer_id)
    done = approve(claim, olga, 400_000)
    assert (done.outcome, done.decided_by) == (Outcome.DONE, None)
    assert spendable_micros(customer_id=claim.order.customer_id) == before + 400_000
    claim.refresh_from_db()
    assert (claim.state, claim.granted_micros, claim.decided_by) == ("approved", 400_000, olga)
    assert claim.order.status == Status.COMPLETED
    act = ActLog.objects.get(act="approve claim")
    assert act.changes == {"claim": claim.pk, "amount_micros": 400_000}
    assert is_clean()


@pytest.mark.parametrize("amount_micros", [0, -1, 1_000_001])
def test_never_above_what_is_left(claim: Claim, olga: User, amount_micros: int) -> None:
    with pytest.raises(Refused) as refusal:
        approve(claim, olga, amount_micros)
    assert refusal.value.field == "amount"
    claim.order.refresh_from_db()
    assert claim.order.refunded_micros == 0


def test_what_came_back_before_is_not_granted_again(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY)
    order = walk(order, Status.PARTIAL, remains=600)
    claim = claim_of(order)
    with pytest.raises(Refused, match="left"):
        approve(claim, olga, 400_001)
    approve(claim, olga, 400_000)
    order.refresh_from_db()
    assert (order.net_charge_micros, order.status) == (0, Status.PARTIAL)


def test_money_that_came_back_meanwhile_asks_for_another_look(claim: Claim, olga: User) -> None:
    with pytest.raises(Refused, match="come back meanwhile"):
        approve(claim, olga, 400_000, seen_micros=100_000)


@pytest.mark.parametrize("statuses", [(), AT_PROVIDER])
def test_all_of_it_ends_an_order_that_has_not(
    alice: User, olga: User, statuses: tuple[Status, ...]
) -> None:
    order = gone(alice, *statuses)
    claim = claim_of(order, kind=Kind.NOT_STARTED, at=later(20))
    approve(claim, olga, order.charge_micros)
    order.refresh_from_db()
    assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)
    assert is_clean()


def test_a_part_lets_a_running_order_go_on(alice: User, olga: User) -> None:
    order = gone(alice, *UNDER_WAY)
    approve(claim_of(order, kind=Kind.NOT_DELIVERED, at=later(20)), olga, 250_000)
    order.refresh_from_db()
    assert (order.status, order.refunded_micros) == (Status.IN_PROGRESS, 250_000)
    canceled = walk(order, Status.CANCELED)
    assert canceled.refunded_micros == canceled.charge_micros
    assert is_clean()


def test_what_was_not_sent_goes_back_whole_or_not_at_all(alice: User, olga: User) -> None:
    claim = claim_of(gone(alice), kind=Kind.NOT_STARTED, at=later(20))
    with pytest.raises(Refused, match="all of the charge"):
        approve(claim, olga, 250_000)


@pytest.mark.parametrize("doubt", [Status.SUBMITTING, Status.UNCERTAIN])
def test_a_sending_in_doubt_is_decided_first(alice: User, olga: User, doubt: Status) -> None:
    path = (Status.SUBMITTING,) if doubt == Status.SUBMITTING else (Status.SUBMITTING, doubt)
    claim = claim_of(gone(alice, *path), kind=Kind.NOT_STARTED, at=later(20))
    with pytest.raises(Refused, match="what became of its sending"):
        approve(claim, olga, claim.order.charge_micros)


def test_a_no_says_why_in_a_mail(claim: Claim, olga: User) -> None:
    before = spendable_micros(customer_id=claim.order.customer_id)
    claims.raise_overdue(at=claim.due_at + timedelta(days=365))
    decline(claim, olga, Verdict.NO_EVIDENCE)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict, claim.note) == ("declined", "no_evidence", NOTE)
    mail = OutboundMail.objects.get(key=f"claim:{claim.pk}:declined")
    assert mail.recipient == claim.order.customer.email
    assert "What was described could not be seen" in mail.body
    assert NOTE in mail.body
    assert spendable_micros(customer_id=claim.order.customer_id) == before
    assert not Case.objects.open().exists()


def test_declined_as_the_customers_mistake_it_is_marked_so(claim: Claim, olga: User) -> None:
    decline(claim, olga, Verdict.USER_ERROR)
    claim.order.refresh_from_db()
    assert claim.order.user_error_at is not None


def test_what_is_decided_is_decided(claim: Claim, olga: User, fiona: User) -> None:
    decline(claim, olga)
    for act in (lambda: decline(claim, fiona), lambda: approve(claim, fiona, 1)):
        with pytest.raises(Refused, match="decided already"):
            act()


def test_nobody_decides_about_his_own_order(olga: User) -> None:
    claim = claim_of(gone(olga, *UNDER_WAY, Status.COMPLETED))
    for act in (lambda: decline(claim, olga), lambda: approve(claim, olga, 1)):
        with pytest.raises(Refused, match="your own order"):
            act()


def test_only_finance_pays_back_a_customers_mistake(claim: Claim, olga: User, fiona: User) -> None:
    Order.objects.update(user_error_at=timezone.now())
    with pytest.raises(Refused, match="only finance"):
        approve(claim, olga, 1)
    assert approve(claim, fiona, 1).outcome == Outcome.DONE


class TestTwoPeople:
    @pytest.fixture
    def large(self, alice: User) -> Claim:
        """30 dollars."""
        sold = service(max_quantity=100_000)
        order = gone(alice, *UNDER_WAY, Status.COMPLETED, quantity=30_000, service=sold)
        return claim_of(order)

    def test_above_the_limit_a_second_person_agrees(
        self, large: Claim, olga: User, fiona: User
    ) -> None:
        proposal = approve(large, olga, 26 * MICROS)
        large.refresh_from_db()
        assert (proposal.outcome, large.state) == (Outcome.WAITING, "open")
        with pytest.raises(Refused, match="Somebody else"):
            agreeing.agree(proposal_id=proposal.pk, actor=acting(olga))
        agreed = agreeing.agree(proposal_id=proposal.pk, actor=acting(fiona))
        large.refresh_from_db()
        assert (agreed.outcome, agreed.decided_by) == (Outcome.DONE, fiona)
        assert (large.state, large.granted_micros) == ("approved", 26 * MICROS)
        assert is_clean()

    def test_support_proposes_whatever_the_sum(
        self, claim: Claim, sam: User, olga: User, alice: User
    ) -> None:
        proposal = approve(claim, sam, 1)
        assert proposal.outcome == Outcome.WAITING
        assert not agreeing.may_agree(proposal, sam)
        assert not agreeing.may_agree(proposal, alice)
        assert agreeing.may_agree(proposal, olga)

    def test_small_steps_do_not_pass_the_limit(self, large: Claim, olga: User) -> None:
        approve(large, olga, 20 * MICROS)
        customer = large.order.customer
        other = claim_of(gone(customer, *UNDER_WAY, Status.COMPLETED, quantity=9000))
        left = limits.left_alone_micros(person=olga, customer_id=customer.pk, at=timezone.now())
        assert left == 5 * MICROS
        assert approve(other, olga, 5 * MICROS + 1).outcome == Outcome.WAITING

    def test_a_no_ends_what_was_proposed(self, claim: Claim, sam: User, olga: User) -> None:
        proposal = approve(claim, sam, 1)
        decline(claim, olga)
        proposal.refresh_from_db()
        assert (proposal.outcome, proposal.decided_by) == (Outcome.DECLINED, olga)

    def test_who_proposed_it_takes_it_back(self, claim: Claim, sam: User) -> None:
        proposal = approve(claim, sam, 1)
        agreeing.decline(proposal_id=proposal.pk, actor=acting(sam))
        claim.refresh_from_db()
        assert claim.state == "open"
        assert approve(claim, sam, 2).outcome == Outcome.WAITING

    def test_a_yes_after_the_money_came_back_is_overtaken(
        self, alice: User, sam: User, olga: User
    ) -> None:
        order = gone(alice, *UNDER_WAY)
        proposal = approve(claim_of(order), sam, 400_000)
        walk(order, Status.PARTIAL, remains=500)
        late = agreeing.agree(proposal_id=proposal.pk, actor=acting(olga))
        order.refresh_from_db()
        assert (late.outcome, order.refunded_micros) == (Outcome.OVERTAKEN, 500_000)

    def test_while_one_waits_nothing_else_is_granted(
        self, claim: Claim, sam: User, olga: User
    ) -> None:
        approve(claim, sam, 1)
        with pytest.raises(Refused, match="second person"):
            approve(claim, olga, 2)


def refused(act: Callable[[], object]) -> int:
    """1 if the act was refused in words, 0 if it went through or only the database stopped it."""
    try:
        act()
    except Refused:
        return 1
    except DatabaseError:
        return 0
    return 0


def test_two_who_decide_at_once_pay_once(fresh_db: TestDatabase, alice: User, olga: User) -> None:
    order = placed_order(alice)
    walk(order, *UNDER_WAY, Status.COMPLETED)
    claim = claim_of(order)
    assert sum(at_once(4, lambda: refused(lambda: approve(claim, olga, 400_000)))) == 3
    order.refresh_from_db()
    assert order.refunded_micros == 400_000
    assert Proposal.objects.count() == 1
    assert is_clean()


def test_without_the_row_locks_each_believes_to_be_the_one(
    fresh_db: TestDatabase, alice: User, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed_order(alice)
    walk(order, *UNDER_WAY, Status.COMPLETED)
    claim = claim_of(order)
    monkeypatch.setattr(OrderQuerySet, "select_for_update", lambda rows, **_options: rows)
    monkeypatch.setattr(
        type(Order.objects), "select_for_update", lambda rows, **_options: rows.all()
    )
    monkeypatch.setattr(
        type(Claim.objects.all()), "select_for_update", lambda rows, **_options: rows
    )
    monkeypatch.setattr(proposals, "hold_person", lambda _actor: None)
    monkeypatch.setattr(claim_decisions, "_hold", Gate(4).after(claim_decisions._hold))
    assert sum(at_once(4, lambda: refused(lambda: approve(claim, olga, 400_000)))) == 0
