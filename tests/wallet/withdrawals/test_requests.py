"""Asking for money back: what is held, what is refused in words, what ends a request (WDR-07,
WDR-16, WDR-17, WDR-18)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts import switches
from accounts.models import Case, Holiday, KillSwitch, OutboundMail, User
from accounts.standing import change_standing
from legal.durations import Duration
from tests.factories import MICROS, fund
from tests.wallet.accepting import accept_with_payments
from tests.wallet.withdrawals.scenes import (
    AT,
    approved,
    ask,
    cash,
    credited,
    days,
    payables,
    spend,
    terms_with,
)
from wallet import ledger, verification
from wallet.models import Account, Decision, Deposit, Payout, Withdrawal
from wallet.payouts import requesting, withdrawals
from wallet.payouts.requesting import NotForThisAccount
from wallet.payouts.withdrawals import WithdrawalRefused

pytestmark = pytest.mark.django_db
State = Withdrawal.State


def balance(customer: User, kind: str) -> int:
    found = Account.objects.filter(owner=customer, kind=kind)
    return found.values_list("balance_micros", flat=True).first() or 0


def refused(customer: User, amounts: dict[Deposit, int], **options: object) -> str:
    before = ledger.on_hold("payout:1"), cash(customer)
    with pytest.raises(WithdrawalRefused) as caught:
        ask(customer, amounts, **options)  # type: ignore[arg-type]
    assert (ledger.on_hold("payout:1"), cash(customer)) == before
    assert not Withdrawal.objects.exists()
    return caught.value.message


def test_a_request_holds_the_cash_and_the_unspent_bonus_of_its_top_up(alice):
    deposit = credited(alice, bonus_micros=5 * MICROS)
    other = credited(alice, bonus_micros=7 * MICROS)
    withdrawal = ask(alice, {deposit: 40 * MICROS})
    assert (withdrawal.state, withdrawal.amount_micros) == (State.REQUESTED, 40 * MICROS)
    assert balance(alice, Account.Kind.CASH_HOLD) == 40 * MICROS
    assert balance(alice, Account.Kind.BONUS_HOLD) == 5 * MICROS
    assert balance(alice, Account.Kind.BONUS) == 7 * MICROS
    assert payables(alice)[other.pk].payable_micros == 50 * MICROS
    with pytest.raises(ledger.InsufficientFunds):
        spend(alice, 70 * MICROS)


def test_terms_may_leave_the_bonus_alone(alice):
    terms_with(withdraw_cancel_bonus=False)
    deposit = credited(alice, bonus_micros=5 * MICROS)
    ask(alice, {deposit: 40 * MICROS})
    assert balance(alice, Account.Kind.BONUS) == 5 * MICROS


def test_everything_is_one_payout_for_each_top_up_the_newest_first(alice):
    first, second = credited(alice, 30 * MICROS), credited(alice, 50 * MICROS, at=AT + days(1))
    ask(alice, {first: 30 * MICROS, second: 50 * MICROS}, at=AT + days(1))
    made = Payout.objects.order_by("pk").values_list("deposit_id", "amount_micros")
    assert list(made) == [(second.pk, 50 * MICROS), (first.pk, 30 * MICROS)]


def test_the_same_press_is_one_request(alice):
    deposit = credited(alice)
    first = ask(alice, {deposit: 20 * MICROS}, key="press")
    assert ask(alice, {deposit: 20 * MICROS}, key="press") == first
    assert cash(alice) == 30 * MICROS
    assert OutboundMail.objects.filter(recipient=alice.email).count() == 1


def test_the_same_press_with_other_amounts_is_refused(alice):
    deposit = credited(alice)
    ask(alice, {deposit: 20 * MICROS}, key="press")
    with pytest.raises(WithdrawalRefused, match="sent before with other amounts"):
        ask(alice, {deposit: 30 * MICROS}, key="press")


def test_a_bonus_never_becomes_cash(alice):
    deposit = credited(alice, 100 * MICROS, bonus_micros=10 * MICROS)
    said = refused(alice, {deposit: 110 * MICROS})
    assert said.startswith("At most $100.00 of this top-up can be paid back.")


@pytest.mark.parametrize("micros", [0, -10_000, 9_999, 10 * MICROS + 1])
def test_only_whole_cents_are_taken(alice, micros):
    assert refused(alice, {credited(alice): micros}).startswith("Ask for whole cents")


def test_nothing_asked_for_is_no_request(alice):
    credited(alice)
    assert refused(alice, {}) == "Say how much you want back."


def test_another_customers_top_up_is_none_of_ones_own(alice, bob):
    assert refused(alice, {credited(bob): MICROS}) == "This is not a top-up of yours."


def test_a_fee_as_high_as_the_sum_is_named(alice):
    said = refused(alice, {credited(alice): MICROS})
    assert said == "$1.75 would be deducted: ask for more than that."


def test_a_small_part_can_be_asked_for_where_it_bears_a_part_of_the_fee(alice):
    terms_with(withdraw_fee="pro_rata")
    deposit = credited(alice)
    [part] = requesting.preview(customer=alice, amounts={deposit.pk: MICROS}, at=AT)
    assert (part.deductions.fee_micros, part.arrives_micros) == (30_000, 970_000)
    payout = ask(alice, {deposit: MICROS}).payouts.get()
    assert (payout.fee_micros, payout.net_micros) == (30_000, 970_000)


def test_late_requests_are_refused_with_the_reason(alice):
    said = refused(alice, {credited(alice): 10 * MICROS}, at=AT + days(15))
    assert said == (
        "At most $0.00 of this top-up can be paid back. "
        "Its time is over. You can spend what is left on orders."
    )


def test_the_least_balance_is_the_cash_at_the_time_of_the_request(alice):
    """WDR-07: 4.99 is refused, 5.00 is not; a bonus does not count, other cash does."""
    terms_with(withdraw_min_cash_balance=5 * MICROS)
    deposit = credited(alice, 10 * MICROS, fee_micros=0, bonus_micros=20 * MICROS)
    spend(alice, 5_010_000)
    said = refused(alice, {deposit: MICROS}, at=AT + days(1))
    assert said == "Money is paid back from a balance of $5.00 without bonuses; yours is $4.99."
    fund(alice, 10_000)
    assert ask(alice, {deposit: MICROS}, at=AT + days(1)).state == State.REQUESTED


def test_debt_comes_first(alice):
    deposit = credited(alice)
    spend(alice, 50 * MICROS)
    cause = ledger.Cause(alice.pk, "stripe", "dispute:1", deposit.reference)
    ledger.take_back(cause=cause, amount_micros=50 * MICROS, at=AT)
    other = credited(alice)
    assert "You owe us money" in refused(alice, {other: 10 * MICROS})


def test_a_switch_stops_new_requests_with_its_reason(alice, olga):
    deposit = credited(alice)
    switches.switch_off(part=KillSwitch.Part.WITHDRAWALS, reason="The bank rests.", actor=olga)
    assert refused(alice, {deposit: 10 * MICROS}).endswith("The bank rests.")


def test_terms_that_pay_nothing_back_refuse_the_account(alice):
    terms_with(withdraw_enabled=False)
    deposit = credited(alice)
    with pytest.raises(NotForThisAccount, match="for orders only"):
        ask(alice, {deposit: 10 * MICROS}, at=AT + days(1))


@pytest.mark.parametrize("standing", ["terminated", "blacklisted"])
def test_a_closed_account_is_refused_with_its_reason(alice, olga, standing):
    deposit = credited(alice)
    to = User.Standing(standing)
    change_standing(user=alice, standing=to, reason="Stolen cards.", actor=olga, at=AT)
    with pytest.raises(NotForThisAccount, match=r"Stolen cards\."):
        ask(alice, {deposit: 10 * MICROS})


def test_the_review_is_due_after_five_working_days(alice):
    """WDR-11: asked on Thursday 27 November 2025, due on Thursday 4 December."""
    assert ask(alice, {credited(alice): 10 * MICROS}).due_at == datetime(
        2025, 12, 4, 12, tzinfo=UTC
    )


def test_its_times_are_those_of_the_terms_that_the_customer_accepted(alice):
    """Not those that were published since (WDR-12)."""
    accept_with_payments(alice, at=AT - days(1))
    terms_with(withdraw_review_sla=Duration(10, "working_days"))
    asked = ask(alice, {credited(alice): 10 * MICROS})
    assert asked.due_at == datetime(2025, 12, 4, 12, tzinfo=UTC)


def test_a_holiday_makes_it_later(alice):
    Holiday.objects.create(on=datetime(2025, 12, 1, tzinfo=UTC).date(), name="A holiday")
    assert ask(alice, {credited(alice): 10 * MICROS}).due_at == datetime(
        2025, 12, 5, 12, tzinfo=UTC
    )


def test_a_customer_takes_a_request_back_while_it_is_reviewed(alice):
    deposit = credited(alice, bonus_micros=5 * MICROS)
    withdrawal = ask(alice, {deposit: 40 * MICROS})
    for _twice in range(2):
        withdrawals.take_back(withdrawal_id=withdrawal.pk, at=AT)
    withdrawal.refresh_from_db()
    assert withdrawal.state == State.CANCELED
    assert (cash(alice), balance(alice, Account.Kind.BONUS)) == (50 * MICROS, 5 * MICROS)
    assert payables(alice)[deposit.pk].payable_micros == 50 * MICROS
    assert all(finding.is_ok for finding in verification.verify())


def test_what_is_decided_cannot_be_taken_back(alice):
    payout = approved(alice, credited(alice), 10 * MICROS)
    with pytest.raises(WithdrawalRefused, match="decided already"):
        withdrawals.take_back(withdrawal_id=payout.withdrawal_id, at=AT)


def test_a_declined_request_gives_everything_back_and_says_why(alice, olga):
    deposit = credited(alice, bonus_micros=5 * MICROS)
    withdrawal = ask(alice, {deposit: 40 * MICROS})
    withdrawals.decline(
        withdrawal_id=withdrawal.pk, reason="Please verify first.", by=olga, at=AT, ip=None
    )
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.answer) == (State.REJECTED, "Please verify first.")
    assert (cash(alice), balance(alice, Account.Kind.BONUS)) == (50 * MICROS, 5 * MICROS)
    mail = OutboundMail.objects.get(key=f"withdrawal:{withdrawal.pk}:released")
    assert "Please verify first." in mail.body


def test_staff_can_still_stop_what_was_approved_and_not_sent(alice, olga):
    payout = approved(alice, credited(alice), 10 * MICROS)
    withdrawals.decline(withdrawal_id=payout.withdrawal_id, reason="Stop.", by=olga, at=AT, ip=None)
    payout.refresh_from_db()
    assert (payout.state, payout.withdrawal.state) == (Payout.State.RELEASED, State.REJECTED)
    with pytest.raises(WithdrawalRefused, match="held back"):
        withdrawals.decline(
            withdrawal_id=payout.withdrawal_id, reason="Stop.", by=olga, at=AT, ip=None
        )


def test_a_question_about_one_payment_ends_the_requests_that_it_is_part_of(alice):
    first, second, third = (credited(alice) for _ in range(3))
    both = ask(alice, {first: 10 * MICROS, second: 10 * MICROS})
    apart = ask(alice, {third: 10 * MICROS})
    ended = withdrawals.cancel_for_deposit(deposit_id=first.pk, reason="In question.", at=AT)
    both.refresh_from_db()
    apart.refresh_from_db()
    assert (ended, both.state, apart.state) == (1, State.CANCELED, State.REQUESTED)
    assert cash(alice) == 140 * MICROS


def test_what_is_being_sent_is_not_cancelled(alice):
    payout = approved(alice, credited(alice), 10 * MICROS)
    Payout.objects.update(state=Payout.State.SENDING)
    ended = withdrawals.cancel_for_deposit(deposit_id=payout.deposit_id, reason="x", at=AT)
    payout.refresh_from_db()
    assert (ended, payout.state) == (0, Payout.State.SENDING)


def test_a_late_review_is_a_case_until_it_is_decided(alice, olga):
    withdrawal = ask(alice, {credited(alice): 10 * MICROS})
    assert withdrawals.raise_overdue(at=withdrawal.due_at) == 0
    late = withdrawal.due_at + days(1)
    for _sweep in range(2):
        assert withdrawals.raise_overdue(at=late) == 1
    assert Case.objects.open().get().key == f"withdrawal:{withdrawal.pk}"
    withdrawals.decline(withdrawal_id=withdrawal.pk, reason="No.", by=olga, at=late, ip=None)
    assert not Case.objects.open().exists()


def test_a_decision_that_waits_ends_with_its_request(alice, olga):
    withdrawal = ask(alice, {credited(alice): 10 * MICROS})
    Decision.objects.create(
        kind=Decision.Kind.APPROVE_WITHDRAWAL, subject=str(withdrawal), customer=alice,
        amount_micros=10 * MICROS, reason=Decision.Reason.REQUEST, needs_second=True,
        proposed_by=olga,
    )  # fmt: skip
    withdrawals.take_back(withdrawal_id=withdrawal.pk, at=AT)
    assert Decision.objects.get().outcome == Decision.Outcome.DECLINED
