"""Refunds by a real HTTP process: ours, failed ones, and those made at the gateway itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Case, User
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.wallet.notices import paid_at_page, tell
from tests.wallet.withdrawals.scenes import FEE, ask, cash, give_bonus, payables
from wallet import verification
from wallet.gateways.stripe import client
from wallet.models import (
    Account,
    Deposit,
    ForeignRefund,
    FraudWarning,
    GatewayEvent,
    Payout,
    Transfer,
    Withdrawal,
)
from wallet.payouts import news as refund_news
from wallet.payouts import sending as paying_out
from wallet.payouts import withdrawals
from wallet.topups import freezing

pytestmark = pytest.mark.django_db
State = Payout.State


def balance(customer: User, kind: str) -> int:
    found = Account.objects.filter(owner=customer, kind=kind)
    return found.values_list("balance_micros", flat=True).first() or 0


def sent(customer: User, deposit: Deposit, micros: int) -> Payout:
    now = timezone.now()
    withdrawal = ask(customer, {deposit: micros}, at=now)
    withdrawals.approve(withdrawal_id=withdrawal.pk, at=now)
    payout = Payout.objects.get(withdrawal=withdrawal)
    paying_out.pay(payout_id=payout.pk, at=now)
    return Payout.objects.get(pk=payout.pk)


def refund_at_gateway(deposit: Deposit, cents: int) -> str:
    """What somebody presses in the gateway's own pages."""
    return client.api().refunds.create({"charge": deposit.charge_id, "amount": cents}).id


def unclean() -> list[str]:
    return [finding.name for finding in verification.verify() if not finding.is_ok]


def test_a_payout_is_one_refund_of_the_top_ups_own_charge(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    payout = sent(alice, deposit, 40 * MICROS)
    tell(stripe)
    (refund,) = stripe.objects("refund")
    assert (refund["amount"], refund["charge"]) == (3825, deposit.charge_id)
    assert refund["metadata"] == {"reference": payout.reference}
    asked = [one for one in stripe.requests() if one["path"] == "/v1/refunds"]
    keys = [one["idempotency_key"] for one in asked if one["method"] == "POST"]
    assert keys == [f"wr:{payout.reference}"]
    payout.refresh_from_db()
    assert (payout.state, payout.refund_id, payout.fee_micros) == (
        State.SUCCEEDED, refund["id"], FEE,
    )  # fmt: skip
    assert not ForeignRefund.objects.exists()
    assert unclean() == []


def test_a_pending_refund_is_sent_until_its_event_says_more(stripe: FakeStripe, alice):
    stripe.make_refunds("pending")
    payout = sent(alice, paid_at_page(stripe, alice, 50 * MICROS), 40 * MICROS)
    assert payout.state == State.SENT
    stripe.succeed_refund(payout.refund_id)
    tell(stripe)
    payout.refresh_from_db()
    assert payout.state == State.SUCCEEDED


def test_a_refund_that_fails_later_returns_once_whatever_is_told_again(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    payout = sent(alice, deposit, 40 * MICROS)
    tell(stripe)
    stripe.fail_refund(payout.refund_id, reason="lost_or_stolen_card")
    tell(stripe)
    GatewayEvent.objects.update(outcome="waiting")
    tell(stripe)
    payout.refresh_from_db()
    assert (payout.state, payout.trouble) == (State.FAILED, "lost_or_stolen_card")
    assert cash(alice) == 50 * MICROS
    assert Transfer.objects.filter(kind="withdrawal_return").count() == 2  # the sum and the fee
    assert unclean() == []


def test_an_event_that_overtakes_the_answer_ends_the_same(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    stripe.fault("drop", route="POST /v1/refunds", stage="after", count=2)
    payout = sent(alice, deposit, 40 * MICROS)
    assert payout.state == State.SENDING
    tell(stripe)
    payout.refresh_from_db()
    assert payout.state == State.SUCCEEDED
    assert len(stripe.objects("refund")) == 1
    paying_out.pay(payout_id=payout.pk, at=timezone.now() + timedelta(hours=5))
    assert len(stripe.objects("refund")) == 1
    assert unclean() == []


def test_a_refund_made_at_the_gateway_is_taken_from_the_wallet(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    give_bonus(deposit, 5 * MICROS, at=timezone.now())
    refund_at_gateway(deposit, 2000)
    for _twice in range(2):
        tell(stripe)
        GatewayEvent.objects.update(outcome="waiting")
    row = ForeignRefund.objects.get()
    assert (row.amount_micros, row.state) == (20 * MICROS, "succeeded")
    assert (cash(alice), balance(alice, Account.Kind.BONUS)) == (30 * MICROS, 0)
    assert payables(alice, at=timezone.now())[deposit.pk].payable_micros == 30 * MICROS
    assert Case.objects.open().get(kind=Case.Kind.REFUND_AT_GATEWAY).key == row.reference
    assert unclean() == []


def test_what_is_missing_for_it_becomes_debt_and_returns_if_it_fails(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    payout = sent(alice, deposit, 30 * MICROS)
    refund = refund_at_gateway(deposit, 2175)  # 28.25 of the charge have gone back
    tell(stripe)
    assert (cash(alice), balance(alice, Account.Kind.DEBT)) == (0, 1_750_000)
    stripe.fail_refund(refund)
    tell(stripe)
    assert (cash(alice), balance(alice, Account.Kind.DEBT)) == (20 * MICROS, 0)
    assert ForeignRefund.objects.get().state == "failed"
    assert Payout.objects.get().state == payout.state
    assert unclean() == []


def test_it_ends_what_the_customer_had_asked_for(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    ask(alice, {deposit: 50 * MICROS}, at=timezone.now())
    refund_at_gateway(deposit, 5000)
    tell(stripe)
    assert Withdrawal.objects.get().state == Withdrawal.State.CANCELED
    assert (cash(alice), balance(alice, Account.Kind.DEBT)) == (0, 0)
    assert unclean() == []


def test_it_is_taken_from_what_a_warning_holds(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    warning = FraudWarning.objects.create(
        gateway="stripe", warning_id="w_1", deposit=deposit, is_actionable=True
    )
    freezing.freeze(deposit=deposit, reference=warning.reference, at=timezone.now())
    refund_at_gateway(deposit, 2000)
    tell(stripe)
    assert balance(alice, Account.Kind.CASH_HOLD) == 30 * MICROS
    assert (cash(alice), balance(alice, Account.Kind.DEBT)) == (0, 0)


def test_a_refund_that_borrows_the_number_of_a_payout_is_a_foreign_one(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    payout = sent(alice, deposit, 30 * MICROS)
    client.api().refunds.create(
        {
            "charge": deposit.charge_id,
            "amount": 500,
            "metadata": {"reference": payout.reference},
        }
    )
    tell(stripe)
    assert ForeignRefund.objects.get().amount_micros == 5 * MICROS
    assert cash(alice) == 15 * MICROS
    assert unclean() == []


def test_a_refund_of_no_top_up_of_ours_moves_nothing(stripe: FakeStripe, alice):
    before = Transfer.objects.count()
    paid = client.api().payment_intents.create(
        {
            "amount": 1000,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "confirm": True,
            "currency": "usd",
            "payment_method": "pm_card_visa",
        }
    )
    client.api().refunds.create({"payment_intent": paid.id})
    tell(stripe)
    assert Transfer.objects.count() == before
    assert not ForeignRefund.objects.exists()


def test_what_no_event_told_the_sweep_finds_and_says_so(stripe: FakeStripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    stripe.make_refunds("pending")
    payout = sent(alice, deposit, 30 * MICROS)
    stripe.succeed_refund(payout.refund_id)
    refund_at_gateway(deposit, 500)
    later = timezone.now() + timedelta(hours=1)
    assert refund_news.apply_missed(at=later) == 2
    assert refund_news.apply_missed(at=later) == 0
    payout.refresh_from_db()
    assert payout.state == State.SUCCEEDED
    assert ForeignRefund.objects.get().amount_micros == 5 * MICROS
    assert Case.objects.filter(kind=Case.Kind.PAYMENT_MISSED).count() == 2
