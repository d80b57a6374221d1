"""Sending payouts to a gateway that answers, refuses, is silent, or answers late (WDR-08, WDR-13,
WDR-15, WDR-16, WDR-18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts import freezing
from accounts.models import Case, OutboundMail, User
from accounts.standing import change_standing
from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.withdrawals.scenes import (
    AT,
    FEE,
    approved,
    ask,
    cash,
    credited,
    days,
    give_back,
    payables,
    spend,
    terms_with,
)
from wallet import verification
from wallet.gateways import registry
from wallet.gateways.base import GatewayRefused, GatewayUnavailable, Refund, RefundState
from wallet.lots.payback import Reason
from wallet.models import Deposit, Dispute, Payout, Transfer, Withdrawal
from wallet.payouts import by_hand, withdrawals
from wallet.payouts import following as payouts
from wallet.payouts import sending as paying_out

pytestmark = pytest.mark.django_db
State = Payout.State
LATER = AT + timedelta(hours=3)


class Gate:
    """A gateway whose answers a test writes; it keeps every refund that it made."""

    code, label = "stripe", "Card"

    def __init__(self) -> None:
        self.made: dict[str, Refund] = {}
        self.becomes = RefundState.PENDING
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.searches = 0

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        self.before()
        made = Refund(
            f"re_{len(self.made) + 1}", self.becomes, amount_micros,
            charge_id=deposit.charge_id, reference=reference,
        )  # fmt: skip
        self.made.setdefault(reference, made)
        self.after()
        return self.made[reference]

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        self.searches += 1
        return self.made.get(reference)


def silent() -> None:
    raise GatewayUnavailable("no answer")


def refuse() -> None:
    raise GatewayRefused("charge_disputed: no")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    monkeypatch.setattr(registry, "gateway_of", lambda _code: gate)
    return gate


def pay(payout: Payout, *, at=AT) -> Payout:
    paying_out.pay(payout_id=payout.pk, at=at)
    return Payout.objects.get(pk=payout.pk)


def is_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def test_forty_less_the_fee_of_one_seventy_five_is_thirty_eight_twenty_five(gate, alice):
    deposit = credited(alice)
    spend(alice, 10 * MICROS)
    payout = pay(approved(alice, deposit, 40 * MICROS))
    assert (payout.state, payout.fee_micros, payout.net_micros) == (State.SENT, FEE, 38_250_000)
    assert gate.made[payout.reference].amount_micros == 38_250_000
    moved = Transfer.objects.filter(reference=payout.reference)
    sums = dict(moved.values_list("kind", "amount_micros"))
    assert (sums["withdrawal"], sums["withdrawal_fee"]) == (38_250_000, FEE)
    assert cash(alice) == 0


def test_one_mail_names_the_sum_and_the_masked_card(gate, alice):
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    payouts.apply_refund(gate.made[payout.reference], gateway="stripe", at=AT)
    mail = OutboundMail.objects.get(key=f"payout:{payout.pk}:sent")
    assert "$38.25 back to Visa •••• 4242" in mail.body
    assert payout.refund_id in mail.body
    assert "3–15 working days" in mail.body


def test_the_mail_names_the_banks_time_of_the_terms_that_were_accepted(gate, alice):
    """Not of those that were published since (WDR-12)."""
    accept_with_payments(alice, at=AT - days(1))
    terms_with(withdraw_payout_text="within a year")
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    body = OutboundMail.objects.get(key=f"payout:{payout.pk}:sent").body
    assert ("3–15 working days" in body, "within a year" in body) == (True, False)


def test_the_bonus_of_the_top_up_is_cancelled_when_it_is_sent(gate, alice):
    payout = pay(approved(alice, credited(alice, bonus_micros=5 * MICROS), 10 * MICROS))
    assert payout.bonus_micros == 5 * MICROS
    cancelled = Transfer.objects.get(kind="bonus_cancel")
    assert (cancelled.amount_micros, cancelled.reference) == (5 * MICROS, payout.reference)


def test_the_fee_is_taken_once_from_the_first_payouts(gate, alice):
    deposit = credited(alice)
    for micros, net in ((20 * MICROS, 18_250_000), (10 * MICROS, 10 * MICROS)):
        payout = pay(approved(alice, deposit, micros))
        assert payout.net_micros == net


def test_shares_of_the_fee_are_cents_and_add_up_to_it(gate, alice):
    terms_with(withdraw_fee="pro_rata")
    deposit = credited(alice)
    fees = [pay(approved(alice, deposit, micros * MICROS)).fee_micros for micros in (33, 10, 7)]
    assert fees == [1_150_000, 350_000, 250_000]
    assert sum(fees) == FEE


def test_many_small_payouts_bear_their_share_of_the_fee(gate, alice):
    terms_with(withdraw_fee="pro_rata")
    deposit = credited(alice)
    fees = [pay(approved(alice, deposit, 280_000)).fee_micros for _payout in range(10)]
    assert fees == [0] + [10_000] * 9  # of 0.0098 each


def test_a_payout_never_bears_the_share_of_one_whose_fee_is_not_known_yet(gate, alice):
    terms_with(withdraw_fee="pro_rata")
    deposit = credited(alice, fee_micros=None)
    large, small = (approved(alice, deposit, micros * MICROS) for micros in (49, 1))
    Deposit.objects.update(fee_micros=FEE)
    fees = [pay(payout, at=LATER).fee_micros for payout in (small, large)]
    assert fees == [40_000, 1_710_000]
    assert sum(fees) == FEE


def test_terms_may_deduct_nothing(gate, alice):
    terms_with(withdraw_fee="none")
    payout = pay(approved(alice, credited(alice, fee_micros=None), 40 * MICROS))
    assert (payout.state, payout.net_micros) == (State.SENT, 40 * MICROS)


def test_a_payout_waits_for_an_unknown_fee_and_says_so(gate, alice):
    deposit = credited(alice, fee_micros=None)
    payout = pay(approved(alice, deposit, 40 * MICROS))
    assert (payout.state, payout.trouble) == (
        State.APPROVED, "The gateway has not told its fee yet.",
    )  # fmt: skip
    Deposit.objects.update(fee_micros=FEE)
    assert pay(payout, at=AT).state == State.APPROVED  # not before the next attempt
    assert pay(payout, at=LATER).net_micros == 38_250_000


def test_a_fee_as_high_as_the_payout_gives_it_back(gate, alice):
    deposit = credited(alice, fee_micros=None)
    payout = approved(alice, deposit, MICROS)
    Deposit.objects.update(fee_micros=FEE)
    assert pay(payout).state == State.RELEASED
    assert cash(alice) == 50 * MICROS
    assert Withdrawal.objects.get().state == Withdrawal.State.CANCELED
    assert not gate.made


def test_spent_bonus_is_deducted_once_where_the_terms_say_so(gate, alice):
    terms_with(bonus_clawback_spent="deduct")
    deposit = credited(alice, bonus_micros=10 * MICROS)
    spend(alice, 4 * MICROS, spend_order="bonus_first")
    first = pay(approved(alice, deposit, 20 * MICROS))
    second = pay(approved(alice, deposit, 10 * MICROS))
    assert (first.clawback_micros, first.bonus_micros) == (4 * MICROS, 6 * MICROS)
    assert (first.net_micros, second.net_micros) == (14_250_000, 10 * MICROS)
    clawback = Transfer.objects.get(kind="bonus_clawback")
    assert (clawback.amount_micros, clawback.reference) == (4 * MICROS, first.reference)


def test_bonus_that_an_order_gave_back_is_not_spent(gate, alice):
    terms_with(bonus_clawback_spent="deduct")
    deposit = credited(alice, bonus_micros=10 * MICROS)
    order = spend(alice, 4 * MICROS, spend_order="bonus_first")
    give_back(alice, order, 3 * MICROS)
    assert pay(approved(alice, deposit, 20 * MICROS)).clawback_micros == MICROS


def test_a_silent_gateway_is_asked_again_and_pays_once(gate, alice):
    gate.after = silent
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    assert (payout.state, payout.attempts, payout.trouble) == (State.SENDING, 1, "no answer")
    assert payout.sent_at is None
    gate.after = lambda: None
    assert pay(payout).attempts == 1  # its pause is not over
    again = pay(payout, at=LATER)
    assert (again.state, again.refund_id, gate.searches) == (State.SENT, "re_1", 1)
    assert len(gate.made) == 1
    assert is_clean()


def test_a_refusal_to_look_for_it_does_not_end_what_may_have_been_made(gate, alice, monkeypatch):
    gate.after = silent
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    with monkeypatch.context() as refusing:
        refusing.setattr(gate, "find_refund", lambda **_of: refuse())
        again = pay(payout, at=LATER)
    assert (again.state, cash(alice)) == (State.SENDING, 10 * MICROS)
    gate.after = lambda: None
    assert pay(payout, at=again.next_attempt_at).state == State.SENT
    assert len(gate.made) == 1


def test_a_refund_that_was_made_is_booked_although_a_later_attempt_was_refused(gate, alice):
    gate.after = silent
    payout = pay(approved(alice, credited(alice, fee_micros=0), 40 * MICROS))
    made = gate.made.pop(payout.reference)
    gate.before = refuse
    assert pay(payout, at=LATER).state == State.FAILED
    assert cash(alice) == 50 * MICROS
    for _twice in range(2):
        payouts.apply_refund(made, gateway="stripe", at=LATER)
    assert cash(alice) == 10 * MICROS
    assert Case.objects.open().filter(kind=Case.Kind.REFUND_AT_GATEWAY).count() == 1
    assert is_clean()


def test_a_request_that_never_arrived_is_sent_by_the_next_attempt(gate, alice):
    gate.before = silent
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    gate.before = lambda: None
    assert (pay(payout, at=LATER).state, len(gate.made)) == (State.SENT, 1)


def test_pauses_grow(gate, alice):
    gate.before = silent
    payout, at, pauses = approved(alice, credited(alice), 40 * MICROS), AT, []
    for _attempt in range(10):
        payout = pay(payout, at=at)
        pauses.append(payout.next_attempt_at - at)
        at = payout.next_attempt_at
    assert pauses[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert pauses[-1] == timedelta(hours=2)


def test_what_is_being_sent_is_not_sent_by_another_worker(gate, alice):
    payout = approved(alice, credited(alice), 40 * MICROS)
    assert paying_out.begin(payout_id=payout.pk, at=AT) is not None
    assert paying_out.begin(payout_id=payout.pk, at=AT) is None
    assert paying_out.begin(payout_id=payout.pk, at=AT + paying_out.LEASE) is not None


def test_a_late_no_of_an_earlier_attempt_counts_nothing(gate, alice):
    payout = approved(alice, credited(alice), 40 * MICROS)

    def overtaken() -> None:
        gate.before = lambda: None
        paying_out.pay(payout_id=payout.pk, at=LATER)
        refuse()

    gate.before = overtaken
    assert pay(payout).state == State.SENT
    assert (len(gate.made), cash(alice)) == (1, 10 * MICROS)


def test_a_definite_no_returns_everything_without_a_time_limit(gate, alice):
    gate.before = refuse
    deposit = credited(alice, bonus_micros=5 * MICROS)
    payout = pay(approved(alice, deposit, 40 * MICROS))
    assert (payout.state, cash(alice)) == (State.FAILED, 50 * MICROS)
    late = payables(alice, at=AT + days(30))[deposit.pk]
    assert (late.payable_micros, late.bonus_micros) == (40 * MICROS, 5 * MICROS)
    assert late.payback.reason == Reason.ORDER_MONEY
    assert is_clean()


@pytest.mark.parametrize(
    ("alt_method", "stays_open"), [("never", False), ("staff_two_person", True)]
)
def test_a_failure_waits_for_staff_only_where_another_way_is_allowed(
    gate, alice, alt_method, stays_open
):
    terms_with(withdraw_alt_method=alt_method)
    gate.before = refuse
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    case = Case.objects.get()
    assert (case.kind, case.key) == (Case.Kind.PAYOUT_FAILED, payout.reference)
    assert "charge_disputed" in case.detail
    assert (case.resolved_at is None) == stays_open


def test_a_refund_that_fails_days_later_returns_once(gate, alice):
    deposit = credited(alice)
    payout = pay(approved(alice, deposit, 40 * MICROS))
    failed = Refund(
        payout.refund_id, RefundState.FAILED, payout.net_micros,
        charge_id=deposit.charge_id, reference=payout.reference, trouble="expired_card",
    )  # fmt: skip
    for _twice in range(2):
        payouts.apply_refund(failed, gateway="stripe", at=AT + days(3))
    payout.refresh_from_db()
    assert (payout.state, payout.trouble, cash(alice)) == (
        State.FAILED, "expired_card", 50 * MICROS,
    )  # fmt: skip
    assert OutboundMail.objects.filter(key=f"payout:{payout.pk}:failed").count() == 1
    again = payables(alice, at=AT + days(30))[deposit.pk]
    assert (again.payable_micros, again.deductions.fee_micros) == (40 * MICROS, FEE)
    assert is_clean()


def test_an_accepted_refund_arrives(gate, alice):
    gate.becomes = RefundState.SUCCEEDED
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    assert (payout.state, payout.sent_at, payout.settled_at) == (State.SUCCEEDED, AT, AT)


def test_a_dispute_that_came_in_between_stops_the_payout(gate, alice):
    deposit = credited(alice)
    payout = approved(alice, deposit, 40 * MICROS)
    Dispute.objects.create(
        gateway="stripe", dispute_id="dp_1", deposit=deposit, state=Dispute.State.FORMAL,
        gateway_status="needs_response", amount_micros=deposit.amount_micros,
    )  # fmt: skip
    assert pay(payout).state == State.RELEASED
    assert (cash(alice), gate.made) == (50 * MICROS, {})


NOT_ACTIVE = pytest.mark.parametrize("standing", ["suspended", "terminated", "blacklisted"])


def ended(customer: User, standing: str, by: User) -> None:
    to = User.Standing(standing)
    change_standing(user=customer, standing=to, reason="A question.", actor=by, at=AT)


@NOT_ACTIVE
def test_an_account_that_is_not_active_is_not_paid(gate, alice, olga, standing):
    payout = approved(alice, credited(alice), 40 * MICROS)
    ended(alice, standing, olga)
    assert (pay(payout).state, gate.made) == (State.APPROVED, {})
    change_standing(user=alice, standing=User.Standing.ACTIVE, reason="", actor=olga, at=AT)
    assert pay(payout, at=LATER).state == State.SENT


@NOT_ACTIVE
def test_nothing_is_approved_for_an_account_that_is_not_active(alice, olga, standing):
    withdrawal = ask(alice, {credited(alice): 10 * MICROS})
    ended(alice, standing, olga)
    with pytest.raises(withdrawals.WithdrawalRefused, match="not active"):
        withdrawals.approve(withdrawal_id=withdrawal.pk, at=AT)


@NOT_ACTIVE
def test_an_account_that_is_not_active_is_not_paid_another_way(gate, alice, olga, standing):
    terms_with(withdraw_alt_method="staff_two_person")
    gate.before = refuse
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    ended(alice, standing, olga)
    with pytest.raises(withdrawals.WithdrawalRefused, match="not active"):
        by_hand.start_other_way(payout_id=payout.pk, at=LATER)
    assert cash(alice) == 50 * MICROS


def test_a_frozen_account_is_not_paid_until_it_is_lifted(gate, alice, olga):
    payout = approved(alice, credited(alice), 40 * MICROS)
    freezing.freeze(user=alice, at=AT)
    assert (pay(payout).state, gate.made) == (State.APPROVED, {})
    freezing.lift(user=alice, reason="He called us.", actor=olga, at=AT)
    assert pay(payout, at=LATER).state == State.SENT


def test_a_frozen_account_asks_for_nothing_and_nothing_is_approved(alice, olga):
    deposit = credited(alice)
    withdrawal = ask(alice, {deposit: 10 * MICROS})
    freezing.freeze(user=alice, at=AT)
    with pytest.raises(withdrawals.WithdrawalRefused, match="frozen"):
        withdrawals.approve(withdrawal_id=withdrawal.pk, at=AT)
    with pytest.raises(withdrawals.WithdrawalRefused, match="frozen"):
        ask(alice, {deposit: 20 * MICROS}, key="another")


def test_a_frozen_account_is_not_paid_another_way(alice):
    payout = approved(alice, credited(alice), 40 * MICROS)
    payout.state = State.FAILED
    freezing.freeze(user=alice, at=AT)
    with pytest.raises(withdrawals.WithdrawalRefused, match="frozen"):
        by_hand.check_other_way(payout)


def test_what_is_not_approved_is_not_sent(gate, alice, olga):
    withdrawal = ask(alice, {credited(alice): 40 * MICROS})
    payout = Payout.objects.get()
    assert pay(payout).state == State.HELD
    withdrawals.decline(withdrawal_id=withdrawal.pk, reason="No.", by=olga, at=AT, ip=None)
    assert (pay(payout).state, gate.made) == (State.RELEASED, {})


def test_a_gateway_that_cannot_leaves_it_to_people(gate, alice):
    gate.becomes = RefundState.BY_HAND
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    assert (payout.state, payout.is_by_hand) == (State.SENDING, True)
    assert not Payout.objects.due(at=LATER + days(10)).exists()


def test_a_sent_payout_is_asked_about_until_it_arrives(gate, alice):
    payout = pay(approved(alice, credited(alice), 40 * MICROS))
    gate.made[payout.reference] = Refund(
        payout.refund_id, RefundState.SUCCEEDED, payout.net_micros, reference=payout.reference,
        trace_id="ARN-7",
    )  # fmt: skip
    assert paying_out.sent_to_follow(at=AT, limit=10) == []
    assert paying_out.sent_to_follow(at=AT + days(1), limit=10) == [payout.pk]
    paying_out.follow(payout_id=payout.pk, at=AT + days(1))
    payout.refresh_from_db()
    assert (payout.state, payout.trace_id) == (State.SUCCEEDED, "ARN-7")
