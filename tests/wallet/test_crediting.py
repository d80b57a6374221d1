"""What came of a payment: every state, how money is set aside, and what is written about it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import bans
from accounts.models import Ban, Case, OutboundMail
from tests.factories import MICROS
from tests.wallet.payments import opened, paid, pay, tell
from wallet import ledger, verification
from wallet.balances import balances_of
from wallet.gateways.base import PaymentState
from wallet.ledger import Cause
from wallet.models import Account, Deposit, Transfer, UnmatchedPayment

pytestmark = pytest.mark.django_db
State = Deposit.State


def cash(user) -> int:
    return balances_of(customer_id=user.pk).cash_micros


def mails(deposit: Deposit) -> list[str]:
    keys = OutboundMail.objects.filter(key__startswith=f"{deposit.reference}:").order_by("pk")
    return [key.rpartition(":")[2] for key in keys.values_list("key", flat=True)]


def unclean() -> list[str]:
    return [finding.name for finding in verification.verify() if not finding.is_ok]


def test_a_slow_bank_is_waited_for_and_then_credited(alice):
    deposit = opened(alice)
    assert tell(deposit, PaymentState.PROCESSING, payment_id="pay_1").state == State.PROCESSING
    assert cash(alice) == 0
    assert pay(deposit, payment_id="pay_1").state == State.PAID
    assert (cash(alice), mails(deposit)) == (25 * MICROS, ["processing", "receipt"])


def test_a_slow_bank_that_says_no_credits_nothing(alice):
    deposit = opened(alice)
    tell(deposit, PaymentState.PROCESSING, payment_id="pay_1")
    ended = tell(
        deposit, PaymentState.FAILED, payment_id="pay_1", trouble="The account has no money."
    )
    assert (ended.state, ended.trouble, cash(alice)) == (
        State.FAILED,
        "The account has no money.",
        0,
    )
    assert mails(deposit) == ["processing", "failed"]
    assert "The account has no money." in OutboundMail.objects.latest("pk").body


def test_each_state_is_told_once_however_often_it_is_heard_of(alice):
    deposit = opened(alice)
    for state in (PaymentState.PROCESSING, PaymentState.FAILED, PaymentState.PROCESSING) * 3:
        tell(deposit, state, payment_id="pay_1")
    assert sorted(mails(deposit)) == ["failed", "processing"]


def test_old_news_do_not_open_what_has_ended(alice):
    deposit = opened(alice)
    tell(deposit, PaymentState.EXPIRED)
    assert tell(deposit, PaymentState.OPEN).state == State.EXPIRED


@pytest.mark.parametrize("state", PaymentState)
def test_nothing_that_is_told_later_takes_a_credit_back(alice, state):
    deposit = paid(alice)
    told = tell(deposit, state, payment_id=str(deposit.payment_id), received_coins=9_900)
    assert (told.state, told.amount_micros, cash(alice)) == (State.PAID, 25 * MICROS, 25 * MICROS)


def test_foreign_coins_are_set_aside_and_credited_to_nobody(alice):
    deposit = opened(alice)
    for _time in range(2):
        told = tell(
            deposit,
            PaymentState.SUCCEEDED,
            payment_id="pay_1",
            received_coins=2500,
            currency="jpy",
            fee_micros=100,
        )
    assert (told.state, told.fee_micros, cash(alice)) == (State.QUARANTINED, None, 0)
    unmatched = UnmatchedPayment.objects.get()
    assert (unmatched.reason, unmatched.deposit, unmatched.currency) == ("currency", deposit, "jpy")
    case = Case.objects.get(kind=Case.Kind.PAYMENT_UNMATCHED)
    assert case.key == "stripe:pay_1"
    assert "2500 JPY" in case.detail
    assert not Transfer.objects.exists()


def test_money_of_a_banned_card_is_set_aside(alice, bob):
    bans.ban(
        kind=Ban.Kind.CARD, value="card-1", user=bob, reason="lost a dispute", at=timezone.now()
    )
    deposit = opened(alice)
    told = tell(
        deposit,
        PaymentState.SUCCEEDED,
        payment_id="pay_1",
        received_coins=2500,
        card_fingerprint="card-1",
    )
    assert (told.state, cash(alice)) == (State.QUARANTINED, 0)
    assert UnmatchedPayment.objects.get().reason == "banned_card"


def test_money_without_a_top_up_is_set_aside_once(alice):
    deposit = opened(alice)
    deposit.pk = 987_654
    for _time in range(2):
        with pytest.raises(Deposit.DoesNotExist):
            pay(deposit, payment_id="pay_1")
    assert UnmatchedPayment.objects.get().reason == "no_deposit"
    assert Case.objects.filter(kind=Case.Kind.PAYMENT_UNMATCHED).count() == 1
    assert not Transfer.objects.exists()


def test_a_failed_payment_without_a_top_up_concerns_nobody(alice):
    deposit = opened(alice)
    deposit.pk = 987_654
    with pytest.raises(Deposit.DoesNotExist):
        tell(deposit, PaymentState.FAILED, payment_id="pay_1")
    assert not UnmatchedPayment.objects.exists()


def test_another_gateways_number_finds_no_top_up(alice):
    deposit = opened(alice)
    deposit.gateway = "manual"
    pay(deposit, payment_id="pay_1")
    assert UnmatchedPayment.objects.get().gateway == "manual"
    assert cash(alice) == 0


@pytest.mark.parametrize("fee_micros", [0, 1_030_000])
def test_the_gateways_fee_is_booked_once_when_it_is_known(alice, fee_micros):
    deposit = paid(alice)
    assert deposit.fee_micros is None
    for told in (fee_micros, fee_micros, 7):
        deposit = tell(
            deposit,
            PaymentState.SUCCEEDED,
            payment_id=str(deposit.payment_id),
            fee_micros=told,
        )
    assert deposit.fee_micros == fee_micros
    booked = Transfer.objects.filter(kind="gateway_fee").values_list("amount_micros", flat=True)
    assert list(booked) == ([fee_micros] if fee_micros else [])
    assert unclean() == []


def test_money_that_comes_pays_debt_first(alice):
    first = paid(alice, 10 * MICROS)
    cause = Cause(alice.pk, first.gateway, "dispute:1", first.reference)
    ledger.take_back(cause=cause, amount_micros=30 * MICROS, at=first.created_at)
    debt = Account.objects.get(owner=alice, kind="debt")
    assert (cash(alice), debt.balance_micros) == (0, 20 * MICROS)
    paid(alice, 25 * MICROS)
    debt.refresh_from_db()
    assert (cash(alice), debt.balance_micros) == (5 * MICROS, 0)
