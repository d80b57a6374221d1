"""A bank transfer is credited by people: one who saw it, from a limit on two, each number of the
bank once (WAL-01)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ActLog, OutboundMail, User
from tests.factories import MICROS
from tests.wallet.bonuses import promotion
from wallet import verification
from wallet.balances import balances_of
from wallet.decisions import bank_payments
from wallet.decisions import deciding as decisions
from wallet.decisions.deciding import DecisionRefused
from wallet.models import Decision, Deposit, Proof
from wallet.topups import deposits, lapsing, promotions

State = Deposit.State


def by_bank(customer: User, amount_micros: int = 50 * MICROS, *, code: str = "") -> Deposit:
    return deposits.open_deposit(
        customer_id=customer.pk,
        gateway="manual",
        amount_micros=amount_micros,
        at=timezone.now(),
        code=code,
    )


def told(deposit: Deposit, *, reference: str = "FT-1") -> Deposit:
    return bank_payments.tell_of_payment(
        deposit_id=deposit.pk, bank_reference=reference, file=None, at=timezone.now()
    )


def confirmed(
    deposit: Deposit, *, by: User, amount_micros: int = 0, number: str = "BANK-1"
) -> Decision:
    decision = Decision(
        kind=Decision.Kind.CONFIRM_DEPOSIT,
        subject=deposit.reference,
        customer_id=deposit.customer_id,
        amount_micros=amount_micros or deposit.asked_micros,
        reason=Decision.Reason.PAYMENT,
        details={"bank_number": number},
    )
    return decisions.propose(decision=decision, by=by, at=timezone.now())


def cash(customer: User) -> int:
    return balances_of(customer_id=customer.pk).cash_micros


def now(deposit: Deposit) -> Deposit:
    return Deposit.objects.get(pk=deposit.pk)


def test_saying_that_one_has_paid_credits_nothing(alice):
    deposit = told(by_bank(alice))
    assert (deposit.state, cash(alice)) == (State.PROCESSING, 0)
    assert Proof.objects.get().bank_reference == "FT-1"


def test_saying_it_again_replaces_the_reference(alice):
    told(told(by_bank(alice)), reference="FT-2")
    assert [proof.bank_reference for proof in Proof.objects.all()] == ["FT-2"]


def test_one_person_confirms_a_small_payment(alice, olga):
    deposit = told(by_bank(alice))
    confirmed(deposit, by=olga)
    deposit = now(deposit)
    assert (deposit.state, deposit.payment_id, cash(alice)) == (State.PAID, "BANK-1", 50 * MICROS)
    assert deposit.fee_micros == 0
    assert ActLog.objects.get().target == f"user:{alice.pk}"
    assert OutboundMail.objects.filter(key=f"{deposit.reference}:receipt").exists()
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


@pytest.mark.parametrize("received", [10 * MICROS, 49_990_000, 60 * MICROS])
def test_what_came_is_credited_not_what_was_asked_for(alice, olga, received):
    deposit = told(by_bank(alice))
    confirmed(deposit, by=olga, amount_micros=received)
    assert (now(deposit).amount_micros, cash(alice)) == (received, received)


def test_from_the_limit_on_another_person_agrees(alice, olga, fiona):
    deposit = told(by_bank(alice, 100 * MICROS))
    decision = confirmed(deposit, by=olga)
    assert (now(deposit).state, cash(alice)) == (State.PROCESSING, 0)
    with pytest.raises(DecisionRefused, match="you proposed it"):
        decisions.agree(decision_id=decision.pk, by=olga, at=timezone.now())
    decisions.agree(decision_id=decision.pk, by=fiona, at=timezone.now())
    assert (now(deposit).state, cash(alice)) == (State.PAID, 100 * MICROS)


def test_the_limit_is_not_passed_in_small_steps(alice, olga):
    for number, dollars in enumerate((60, 30, 20)):
        deposit = told(by_bank(alice, dollars * MICROS))
        confirmed(deposit, by=olga, number=f"BANK-{number}")
    assert cash(alice) == 90 * MICROS
    assert Decision.objects.waiting().count() == 1


def test_a_number_of_the_bank_is_credited_once(alice, bob, olga):
    confirmed(by_bank(alice), by=olga)
    other = by_bank(bob)
    with pytest.raises(DecisionRefused, match="credited to another top-up"):
        confirmed(other, by=olga)
    assert (now(other).state, cash(bob)) == (State.OPEN, 0)


@pytest.mark.parametrize("spelling", ["trx 100/7", "TRX100/7", "T R X 100 / 7"])
def test_a_number_in_another_spelling_is_the_same_number(alice, bob, olga, spelling):
    first = by_bank(alice)
    confirmed(first, by=olga, number="TRX 100/7")
    assert now(first).payment_id == "TRX100/7"
    assert Decision.objects.get().details == {"bank_number": "TRX 100/7"}
    with pytest.raises(DecisionRefused, match="credited to another top-up"):
        confirmed(by_bank(bob), by=olga, number=spelling)
    assert cash(bob) == 0


def test_a_second_confirmation_finds_it_paid(alice, olga):
    deposit = by_bank(alice, 20 * MICROS)
    confirmed(deposit, by=olga)
    with pytest.raises(DecisionRefused, match="has a payment already"):
        confirmed(deposit, by=olga, number="BANK-2")
    assert cash(alice) == 20 * MICROS


def test_money_that_comes_after_the_end_is_credited(alice, olga):
    deposit = by_bank(alice)
    deposits.cancel(deposit_id=deposit.pk)
    confirmed(deposit, by=olga)
    assert (now(deposit).state, cash(alice)) == (State.PAID, 50 * MICROS)


def test_the_bonus_comes_with_the_confirmation(alice, olga):
    promotion()
    deposit = by_bank(alice, code="TEST")
    confirmed(told(deposit), by=olga, amount_micros=40 * MICROS)
    assert balances_of(customer_id=alice.pk).bonus_micros == 2 * MICROS


def declined(deposit: Deposit, *, by: User) -> Deposit:
    return bank_payments.decline(
        deposit_id=deposit.pk,
        reason="We saw no such transfer.",
        by=by,
        at=timezone.now(),
        ip=None,
    )


def test_a_declined_payment_fails_with_its_reason_by_mail(alice, olga):
    deposit = declined(told(by_bank(alice)), by=olga)
    assert (deposit.state, deposit.trouble) == (State.FAILED, "We saw no such transfer.")
    mail = OutboundMail.objects.get(key=f"{deposit.reference}:failed")
    assert "We saw no such transfer." in mail.body
    assert ActLog.objects.get().act == "decline bank payment"


def test_what_is_confirmed_or_proposed_is_not_declined(alice, olga, fiona):
    deposit = told(by_bank(alice, 200 * MICROS))
    decision = confirmed(deposit, by=olga)
    with pytest.raises(DecisionRefused, match="A colleague has proposed"):
        declined(deposit, by=fiona)
    decisions.agree(decision_id=decision.pk, by=fiona, at=timezone.now())
    with pytest.raises(DecisionRefused, match="does not wait any more"):
        declined(deposit, by=fiona)


def test_nobody_decides_about_his_own_payment(olga, fiona):
    deposit = told(by_bank(olga))
    with pytest.raises(DecisionRefused, match="your own account"):
        confirmed(deposit, by=olga)
    with pytest.raises(DecisionRefused, match="your own account"):
        declined(deposit, by=olga)
    assert now(deposit).state == State.PROCESSING


def test_a_transfer_that_nobody_made_lapses_and_frees_its_bonus(alice, settings):
    promotion()
    old, said = by_bank(alice, code="TEST"), told(by_bank(alice))
    at = timezone.now() + timedelta(days=settings.MANUAL_DAYS, minutes=1)
    assert lapsing.expire_overdue(at=at, limit=10) == 1
    assert (now(old).state, now(said).state) == (State.EXPIRED, State.PROCESSING)
    assert now(old).redemption.state == "released"


def test_within_its_days_nothing_lapses(alice, settings):
    deposit = by_bank(alice)
    at = timezone.now() + timedelta(days=settings.MANUAL_DAYS, minutes=-1)
    assert lapsing.expire_overdue(at=at, limit=10) == 0
    assert now(deposit).state == State.OPEN


def test_a_word_about_a_transfer_keeps_no_code_for_ever(alice, bob, settings):
    promotion(total_limit=1)
    deposit = told(by_bank(alice, code="TEST"))
    at = timezone.now() + timedelta(days=settings.MANUAL_DAYS, minutes=1)
    assert lapsing.free_bonuses(at=at - timedelta(minutes=2), limit=10) == 0
    assert lapsing.free_bonuses(at=at, limit=10) == 1
    assert promotions.offer_for(customer_id=bob.pk, amount_micros=20 * MICROS, code="TEST", at=at)
    assert now(deposit).state == State.PROCESSING
