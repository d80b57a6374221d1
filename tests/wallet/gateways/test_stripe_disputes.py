"""Disputes and early fraud warnings as Stripe tells them: over HTTP, signed, in any order."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from accounts.models import Case, User
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.wallet.disputing import books, own, publish
from tests.wallet.notices import at_page, paid_at_page, tell
from wallet import reconciling, verification
from wallet.disputes import news as dispute_news
from wallet.gateways.stripe import disputes as stripe_disputes
from wallet.models import Deposit, Dispute, FraudWarning, GatewayEvent

State = Dispute.State


@pytest.fixture(autouse=True)
def _whole_balance(terms: None) -> None:
    publish()


@pytest.fixture
def deposit(stripe: FakeStripe, alice: User) -> Deposit:
    return paid_at_page(stripe, alice, 50 * MICROS)


def books_agree() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def test_a_dispute_is_read_with_what_its_bookings_say(stripe: FakeStripe, deposit: Deposit) -> None:
    opened = stripe.dispute(deposit.payment_id or "")
    report = stripe_disputes.read_dispute(opened["id"])
    assert (report.charge_id, report.payment_id) == (deposit.charge_id, deposit.payment_id)
    assert (report.state, report.status) == (State.FORMAL, "needs_response")
    assert (report.taken_micros, report.fee_micros) == (50 * MICROS, 15 * MICROS)
    assert (report.entries, report.reason) == (1, "fraudulent")
    assert report.evidence_due_at is not None
    assert report.evidence_due_at > timezone.now()


@pytest.mark.parametrize(
    ("kind", "outcome", "state", "left"),
    [
        ("inquiry", "", State.INQUIRY, {"cash_hold": 50}),
        ("inquiry", "warning_closed", State.CLOSED, {"cash": 50}),
        ("inquiry", "escalated", State.FORMAL, {}),
        ("formal", "", State.FORMAL, {}),
        ("formal", "lost", State.LOST, {}),
        ("formal", "won", State.WON, {"cash": 50}),
    ],
)
def test_each_way_that_it_can_go(
    stripe: FakeStripe,
    alice: User,
    deposit: Deposit,
    kind: str,
    outcome: str,
    state: str,
    left: dict[str, float],
) -> None:
    opened = stripe.dispute(deposit.payment_id or "", kind=kind)
    if outcome:
        stripe.close_dispute(opened["id"], outcome)
    tell(stripe)
    assert Dispute.objects.get().state == state
    assert own(alice) == left
    assert books_agree()


@pytest.mark.parametrize("seed", range(5))
def test_events_that_are_shuffled_and_repeated_end_the_same(
    stripe: FakeStripe, alice: User, deposit: Deposit, seed: int
) -> None:
    stripe.close_dispute(stripe.dispute(deposit.payment_id or "")["id"], "won")
    told = stripe.events() * 3
    random.Random(seed).shuffle(told)
    for event in told:
        GatewayEvent.objects.update(outcome="waiting", next_attempt_at=timezone.now())
        tell(stripe, [event])
    assert own(alice) == {"cash": 50}
    assert books()["gateway_fees", 0] == pytest.approx(-15 - 1.75)
    assert books_agree()


def test_a_dispute_that_overtakes_its_payment_finds_the_top_up(
    stripe: FakeStripe, alice: User
) -> None:
    late = at_page(alice, 50 * MICROS)
    stripe.pay(late.checkout_id)
    payment = stripe.objects("payment_intent")[0]["id"]
    stripe.dispute(payment)
    tell(stripe, stripe.events("charge.dispute.created"))
    assert Dispute.objects.get().deposit_id == late.pk
    assert own(alice) == {}
    tell(stripe)
    assert own(alice) == {}
    assert books_agree()


def test_a_fee_that_is_returned_is_booked_back(stripe: FakeStripe, deposit: Deposit) -> None:
    opened = stripe.dispute(deposit.payment_id or "")
    tell(stripe)
    stripe.close_dispute(opened["id"], "won", fee_returned_cents=1500)
    tell(stripe)
    assert books()["gateway_fees", 0] == -1.75


def test_an_early_fraud_warning_freezes_until_a_dispute_makes_it_moot(
    stripe: FakeStripe, alice: User, deposit: Deposit
) -> None:
    stripe.warn_of_fraud(deposit.payment_id or "")
    tell(stripe)
    assert own(alice) == {"cash_hold": 50}
    assert FraudWarning.objects.get().kind == "made_with_stolen_card"
    stripe.dispute(deposit.payment_id or "")
    tell(stripe)
    assert own(alice) == {}
    assert FraudWarning.objects.get().resolved_at is not None


def test_the_backstop_finds_a_dispute_that_nobody_told_of(
    stripe: FakeStripe, alice: User, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispute_news, "GRACE", -dispute_news.GRACE)
    opened = stripe.dispute(deposit.payment_id or "")
    reconciling.reconcile(at=timezone.now())
    assert own(alice) == {}
    alarm = Case.objects.get(kind=Case.Kind.PAYMENT_MISSED)
    assert alarm.key == f"stripe:{opened['id']}"
    # What is known is followed without an alarm.
    alarm.delete()
    stripe.close_dispute(opened["id"], "won")
    reconciling.reconcile(at=timezone.now())
    assert own(alice) == {"cash": 50}
    assert not Case.objects.filter(kind=Case.Kind.PAYMENT_MISSED).exists()
