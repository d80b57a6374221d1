"""Every event about sessions, payments, charges and reviews, applied as the state it leads to."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Case, OutboundMail, User
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.wallet.notices import at_page, paid_at_page, receive, tell, work
from wallet import events, verification
from wallet.balances import balances_of
from wallet.gateways.stripe.client import api
from wallet.models import Deposit, GatewayEvent, Transfer, UnmatchedPayment

pytestmark = pytest.mark.django_db
State = Deposit.State
Outcome = GatewayEvent.Outcome


def cash(user: User) -> int:
    return balances_of(customer_id=user.pk).cash_micros


def state_of(deposit: Deposit) -> str:
    deposit.refresh_from_db()
    return deposit.state


def tell_only(stripe: FakeStripe, *kinds: str) -> None:
    tell(stripe, [event for event in stripe.events() if event["type"] in kinds])


def outcomes() -> set[str]:
    return set(GatewayEvent.objects.values_list("outcome", flat=True))


@pytest.mark.parametrize(
    "kind",
    ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"],
)
def test_any_one_of_the_events_of_a_payment_is_enough(stripe, alice, kind):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    tell_only(stripe, kind)
    assert (state_of(deposit), cash(alice)) == (State.PAID, 25 * MICROS)
    assert deposit.fee_micros == 1_030_000
    assert outcomes() == {Outcome.APPLIED}


def test_a_page_that_completes_with_a_slow_bank_waits_for_it(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id, "us_bank_account")
    tell(stripe)
    assert (state_of(deposit), cash(alice)) == (State.PROCESSING, 0)
    stripe.settle_payment(str(deposit.payment_id))
    tell_only(stripe, "checkout.session.async_payment_succeeded")
    assert (state_of(deposit), cash(alice)) == (State.PAID, 25 * MICROS)
    assert deposit.method_label == "US bank account"


def test_a_slow_bank_that_refuses_ends_the_top_up(stripe, alice):
    deposit = at_page(alice)
    session = stripe.pay(deposit.checkout_id, "us_bank_account")
    stripe.settle_payment(session["payment_intent"], "failed")
    tell_only(stripe, "checkout.session.async_payment_failed")
    assert (state_of(deposit), cash(alice)) == (State.FAILED, 0)
    assert "insufficient funds" in deposit.trouble
    assert OutboundMail.objects.filter(key=f"{deposit.reference}:failed").count() == 1


def test_a_declined_card_leaves_the_page_open_for_another(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id, "pm_card_visa_chargeDeclined")
    tell_only(stripe, "payment_intent.payment_failed")
    assert (state_of(deposit), deposit.trouble) == (State.OPEN, "Your card was declined.")
    stripe.pay(deposit.checkout_id)
    tell(stripe)
    assert (state_of(deposit), deposit.trouble, cash(alice)) == (State.PAID, "", 25 * MICROS)


def test_an_expired_page_ends_the_top_up_with_a_mail(stripe, alice):
    deposit = at_page(alice)
    stripe.advance(2 * 3600 + 60)
    tell_only(stripe, "checkout.session.expired")
    assert (state_of(deposit), cash(alice)) == (State.EXPIRED, 0)
    assert OutboundMail.objects.filter(key=f"{deposit.reference}:expired").count() == 1


def test_a_charge_whose_fee_comes_later_is_credited_now_and_its_fee_booked_then(stripe, alice):
    stripe.make_fees("later")
    deposit = paid_at_page(stripe, alice)
    assert (deposit.state, deposit.fee_micros) == (State.PAID, None)
    stripe.make_fee_known(deposit.charge_id)
    tell_only(stripe, "charge.updated")
    assert state_of(deposit) == State.PAID
    fees = Transfer.objects.filter(kind="gateway_fee")
    assert [fee.amount_micros for fee in fees] == [deposit.fee_micros] == [1_030_000]


def test_the_fee_is_what_the_gateway_booked_and_no_formula(stripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    booked = stripe.objects("balance_transaction")[0]
    assert deposit.fee_micros == booked["fee"] * 10_000 == 1_750_000


def test_coins_of_another_currency_are_quarantined(stripe, alice):
    deposit = at_page(alice)
    stripe.emit("payment_intent.succeeded", foreign_payment(stripe, deposit))
    tell(stripe)
    assert (state_of(deposit), cash(alice)) == (State.QUARANTINED, 0)
    assert UnmatchedPayment.objects.get().currency == "eur"


def foreign_payment(stripe: FakeStripe, deposit: Deposit) -> str:
    """Paid at the gateway itself, in euros, with our number on it."""
    intent = api().payment_intents.create(
        {
            "amount": 2500,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": {"deposit_id": str(deposit.pk)},
        }
    )
    return intent.id


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "9" * 14, "9" * 400, "1_0"])
def test_a_number_on_a_payment_that_is_no_top_up_of_ours_sets_it_aside(stripe, alice, number):
    api().payment_intents.create(
        {
            "amount": 700,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": {"deposit_id": number} if number else {},
        }
    )
    tell(stripe)
    assert UnmatchedPayment.objects.get().reason == "no_deposit"
    assert Case.objects.get(kind=Case.Kind.PAYMENT_UNMATCHED).detail.startswith("7.00 USD came")
    assert not Transfer.objects.exists()


def test_a_second_payment_with_the_number_of_a_paid_top_up_is_set_aside(stripe, alice):
    deposit = paid_at_page(stripe, alice)
    stripe.emit("payment_intent.succeeded", foreign_payment(stripe, deposit))
    tell(stripe)
    assert UnmatchedPayment.objects.get().reason == "other_payment"
    assert cash(alice) == 25 * MICROS


def test_what_an_event_says_is_not_believed_only_what_the_gateway_answers(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id, "us_bank_account")
    event = next(one for one in stripe.events() if one["type"] == "payment_intent.processing")
    lying = event | {"id": "evt_lying", "type": "payment_intent.succeeded"}
    lying["data"]["object"] |= {"status": "succeeded", "amount_received": 999_900}
    tell(stripe, [lying])
    assert (state_of(deposit), cash(alice)) == (State.PROCESSING, 0)


def test_an_event_of_the_other_live_mode_is_stored_and_ignored(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    tell(stripe, [event | {"livemode": True} for event in stripe.events()])
    assert (state_of(deposit), cash(alice)) == (State.OPEN, 0)
    assert GatewayEvent.objects.filter(is_live_mode=True).exists()
    assert outcomes() == {Outcome.IGNORED}


def test_an_event_that_means_nothing_to_us_is_stored_and_ignored(stripe, alice):
    at_page(alice)
    stripe.emit("mandate.updated", {"id": "mandate_1", "object": "mandate"})
    tell(stripe)
    assert outcomes() == {Outcome.IGNORED}


def test_a_review_at_the_gateway_is_a_case_as_long_as_it_is_open(stripe, alice):
    deposit = paid_at_page(stripe, alice)
    review = stripe.review(deposit.charge_id)
    tell(stripe)
    case = Case.objects.get(kind=Case.Kind.FRAUD_WARNING)
    assert (case.key, case.resolved_at) == (f"stripe:{review['id']}", None)
    assert deposit.reference in case.detail
    stripe.close_review(review["id"])
    tell(stripe)
    case.refresh_from_db()
    assert case.resolution == "closed at the gateway: approved"


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_a_payments_events_does_not_matter(stripe, alice, seed):
    stripe.make_fees("later")
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id, "pm_card_visa_chargeDeclined")
    stripe.pay(deposit.checkout_id)
    stripe.make_fee_known(stripe.objects("charge")[-1]["id"])
    told: list[Any] = stripe.events() * 2
    random.Random(seed).shuffle(told)
    for event in told:
        receive(stripe, event)
        work()
    assert (state_of(deposit), cash(alice), deposit.fee_micros) == (
        State.PAID,
        25 * MICROS,
        1_030_000,
    )
    assert Transfer.objects.count() == 2
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


def test_an_event_that_fails_is_tried_again_after_growing_pauses(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    stripe.fault("error", route="GET /v1/payment_intents*", count=4)
    tell_only(stripe, "payment_intent.succeeded")
    event = GatewayEvent.objects.get()
    assert (event.outcome, event.attempts, cash(alice)) == (Outcome.WAITING, 1, 0)
    assert "GatewayUnavailable" in event.last_error
    first = event.next_attempt_at
    events.process(event_id=event.pk, at=first)
    event.refresh_from_db()
    assert event.next_attempt_at - first == 2 * events.FIRST_PAUSE
    events.process(event_id=event.pk, at=event.next_attempt_at)
    event.refresh_from_db()
    assert (event.outcome, event.last_error, cash(alice)) == (Outcome.APPLIED, "", 25 * MICROS)


def test_an_event_is_not_carried_out_before_it_is_due(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    for event in stripe.events():
        receive(stripe, event)
    GatewayEvent.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    work()
    assert (state_of(deposit), outcomes()) == (State.OPEN, {Outcome.WAITING})


def test_what_fails_again_and_again_is_given_up_with_a_case(stripe, alice):
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    gone = {"id": "pi_gone", "object": "payment_intent"}
    stripe.emit("payment_intent.succeeded", gone)
    tell(stripe, stripe.events()[-1:])
    event = GatewayEvent.objects.get()
    at = timezone.now()
    for _attempt in range(events.MOST_ATTEMPTS):
        at += timedelta(hours=2)
        events.process(event_id=event.pk, at=at)
    event.refresh_from_db()
    assert (event.outcome, event.attempts) == (Outcome.FAILED, events.MOST_ATTEMPTS)
    case = Case.objects.get(kind=Case.Kind.EVENT_FAILED)
    assert case.key == str(event)
    assert "GatewayRefused" in case.detail


def test_an_event_without_an_object_is_put_off_and_not_a_crash(stripe, alice):
    stripe.emit("payment_intent.succeeded", {"object": "payment_intent"})
    tell(stripe)
    assert "names no object" in GatewayEvent.objects.get().last_error
