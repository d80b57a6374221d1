"""A top-up by Stripe from its page to the books, told by events."""

from __future__ import annotations

import pytest

from tests.factories import MICROS
from tests.wallet.notices import BACK, at_page, paid_at_page, tell
from tests.wallet.payments import opened
from wallet import verification
from wallet.balances import balances_of
from wallet.gateways.registry import STRIPE
from wallet.models import Deposit, GatewayEvent, Transfer
from wallet.topups import deposits

pytestmark = pytest.mark.django_db
State = Deposit.State


def cash(user) -> int:
    return balances_of(customer_id=user.pk).cash_micros


def unclean() -> list[str]:
    return [finding.name for finding in verification.verify() if not finding.is_ok]


def test_a_paid_page_is_credited_with_its_charge_card_and_fee(stripe, alice):
    deposit = paid_at_page(stripe, alice, 50 * MICROS)
    assert (deposit.state, cash(alice)) == (State.PAID, 50 * MICROS)
    assert str(deposit.payment_id).startswith("pi_")
    assert deposit.charge_id.startswith("ch_")
    assert deposit.method_label == "Visa •••• 4242"
    assert deposit.card_fingerprint
    assert deposit.fee_micros == 1_750_000
    fee = Transfer.objects.get(kind="gateway_fee")
    assert (fee.amount_micros, fee.reference) == (1_750_000, deposit.reference)
    assert unclean() == []


def test_every_event_again_changes_nothing(stripe, alice):
    paid_at_page(stripe, alice)
    before = Transfer.objects.count()
    GatewayEvent.objects.update(outcome="waiting")
    tell(stripe)
    assert Transfer.objects.count() == before
    assert cash(alice) == 25 * MICROS


def test_whoever_left_an_unpaid_page_is_led_to_the_same_one(stripe, alice):
    deposit = at_page(alice)
    assert deposit.checkout_id
    again = Deposit.objects.get(pk=deposit.pk)
    first = STRIPE.start(deposit=again, return_url="http://127.0.0.1:8000/other/")
    assert first.startswith(stripe.url)
    assert len(stripe.objects("checkout.session")) == 1


def test_a_page_that_was_made_during_a_cancellation_cannot_be_paid(stripe, alice):
    deposit = opened(alice)
    in_another_window = Deposit.objects.get(pk=deposit.pk)
    deposits.cancel(deposit_id=deposit.pk)
    assert STRIPE.start(deposit=in_another_window, return_url=BACK) == BACK
    [session] = stripe.objects("checkout.session")
    assert session["status"] == "expired"
    tell(stripe)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.checkout_id, cash(alice)) == (State.EXPIRED, "", 0)
