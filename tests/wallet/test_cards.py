"""A card is kept with consent only, by the gateway, and gone when its owner says so."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DataError, transaction
from django.utils import timezone

from accounts.models import User
from tests.fake_stripe.process import FakeStripe
from tests.wallet.kept_cards import keep_card, paid_with_consent
from tests.wallet.notices import paid_at_page, tell
from wallet.automatic import cards
from wallet.gateways.stripe import client
from wallet.models import AutoTopUp, CardConsent, GatewayCustomer, SavedCard

pytestmark = pytest.mark.django_db


def test_a_payment_without_consent_keeps_nothing(stripe: FakeStripe, alice: User) -> None:
    paid_at_page(stripe, alice)
    cards.keep_due(at=timezone.now())
    assert not SavedCard.objects.exists()
    assert not stripe.objects("customer")


def test_a_payment_with_consent_keeps_the_card_and_the_words(
    stripe: FakeStripe, alice: User
) -> None:
    card = keep_card(stripe, alice)
    assert (card.brand, card.last_four, card.customer) == ("Visa", "4242", alice)
    assert card.consent_text == cards.consent_words()
    assert card.consent_ip == "192.0.2.7"
    assert CardConsent.objects.get().card == card


def test_there_is_room_for_four_digits_of_a_card_and_no_more(
    stripe: FakeStripe, alice: User
) -> None:
    """SEC-04: the gateway's page takes the card, and what is kept of it is what a receipt shows."""
    card = keep_card(stripe, alice)
    shown = {"brand", "last_four", "expires_on"}
    at_the_gateway = {"gateway", "method_id", "fingerprint"}
    ours = {"id", "customer", "removed_at", "detached_at"}
    agreed = {"consent_text", "consent_at", "consent_ip"}
    kept = {field.name for field in SavedCard._meta.concrete_fields}
    assert kept == shown | at_the_gateway | ours | agreed
    with pytest.raises(DataError), transaction.atomic():
        SavedCard.objects.filter(pk=card.pk).update(last_four="4242424242424242")


def test_the_gateway_learns_our_number_of_the_customer_and_no_more(
    stripe: FakeStripe, alice: User
) -> None:
    keep_card(stripe, alice)
    (customer,) = stripe.objects("customer")
    assert customer["metadata"] == {"user_id": str(alice.pk)}
    assert not customer["email"]
    assert GatewayCustomer.objects.get().gateway_id == customer["id"]


def test_two_payments_with_consent_have_one_customer(stripe: FakeStripe, alice: User) -> None:
    for _time in range(2):
        keep_card(stripe, alice)
    assert len(stripe.objects("customer")) == 1


def test_a_gateway_that_does_not_answer_is_asked_again(stripe: FakeStripe, alice: User) -> None:
    paid_with_consent(stripe, alice)
    stripe.fault("error", route="GET /v1/payment_intents*", count=2)  # the SDK repeats once
    cards.keep_due(at=timezone.now())
    assert not SavedCard.objects.exists()
    cards.keep_due(at=timezone.now())
    assert SavedCard.objects.count() == 1


def test_who_paid_from_his_bank_after_all_keeps_no_card_and_nobody_else_from_his(
    stripe: FakeStripe, alice: User, bob: User
) -> None:
    from_bank = paid_with_consent(stripe, alice, "us_bank_account")
    stripe.settle_payment(str(from_bank.payment_id))
    tell(stripe)
    paid_with_consent(stripe, bob)
    cards.keep_due(at=timezone.now())
    assert SavedCard.objects.get().customer == bob


def test_payments_without_a_card_take_no_place_from_later_ones(
    stripe: FakeStripe, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "PER_SWEEP", 1)
    from_bank = paid_with_consent(stripe, alice, "us_bank_account")
    stripe.settle_payment(str(from_bank.payment_id))
    tell(stripe)
    paid_with_consent(stripe, bob)
    for _sweep in range(2):
        cards.keep_due(at=timezone.now())
    assert SavedCard.objects.get().customer == bob


def test_a_consent_that_led_to_no_card_is_not_asked_for_ever(
    stripe: FakeStripe, alice: User
) -> None:
    paid_with_consent(stripe, alice)
    cards.keep_due(at=timezone.now() + cards.LOOKED_AFTER_FOR + timedelta(minutes=1))
    assert not SavedCard.objects.exists()


class TestRemoving:
    def test_ends_what_the_card_would_have_paid_and_the_gateway_forgets_it(
        self, stripe: FakeStripe, alice: User, now: datetime
    ) -> None:
        card = keep_card(stripe, alice)
        AutoTopUp.objects.create(
            customer=alice,
            card=card,
            is_on=True,
            below_micros=1,
            amount_micros=1,
            month_limit_micros=1,
            consent_text="yes",
            consent_at=now,
        )
        assert cards.remove_card(customer_id=alice.pk, card_id=card.pk, at=now)
        assert not AutoTopUp.objects.get().is_on
        cards.keep_due(at=now)
        card.refresh_from_db()
        assert card.detached_at == now
        assert stripe.objects("payment_method")[-1]["customer"] is None

    def test_is_for_its_owner(
        self, stripe: FakeStripe, alice: User, bob: User, now: datetime
    ) -> None:
        card = keep_card(stripe, alice)
        assert not cards.remove_card(customer_id=bob.pk, card_id=card.pk, at=now)
        assert SavedCard.objects.usable().count() == 1

    def test_at_the_gateway_removes_it_here(self, stripe: FakeStripe, alice: User) -> None:
        card = keep_card(stripe, alice)
        with client.gateway_errors():
            client.api().payment_methods.detach(card.method_id)
        tell(stripe)
        assert not SavedCard.objects.usable().exists()

    def test_of_the_customer_at_the_gateway_removes_all(
        self, stripe: FakeStripe, alice: User
    ) -> None:
        keep_card(stripe, alice)
        with client.gateway_errors():
            client.api().customers.delete(GatewayCustomer.objects.get().gateway_id)
        tell(stripe)
        assert not SavedCard.objects.usable().exists()
        assert not GatewayCustomer.objects.exists()
