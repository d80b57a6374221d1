"""The page of the kept card: words come first, and without a tick nothing is kept or charged."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.wallet.accepting import accept_with_payments
from tests.wallet.kept_cards import saved_card
from wallet.automatic import cards, topping_up
from wallet.models import AutoTopUp, CardConsent

pytestmark = pytest.mark.django_db
PAGE = "/wallet/automatic/"
ASKED = {"below": "5", "amount": "25", "month_limit": "100", "agree": "on"}


@pytest.fixture
def web(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


class TestKeepingACard:
    SENT = {"preset": "25", "gateway": "stripe", "shown_bonus": "0"}

    def send(self, web: Client, alice: User, **fields: str) -> Any:
        accept_with_payments(alice)
        return web.post("/wallet/top-up/", {**self.SENT, **fields})

    def test_leads_to_the_gateway_with_the_consent_written_down(
        self, stripe: FakeStripe, web: Client, alice: User
    ) -> None:
        response = self.send(web, alice, keep_card="on")
        assert response.status_code == 302
        assert response["Location"].startswith(stripe.url)
        consent = CardConsent.objects.get()
        assert (consent.text, consent.ip) == (cards.consent_words(), "127.0.0.1")
        assert consent.deposit.asked_micros == 25 * MICROS

    def test_without_the_tick_nothing_is_kept(
        self, stripe: FakeStripe, web: Client, alice: User
    ) -> None:
        assert b"keep_card" in web.get("/wallet/top-up/").content
        assert self.send(web, alice).status_code == 302
        assert not CardConsent.objects.exists()

    def test_a_bank_transfer_keeps_no_card(
        self, stripe: FakeStripe, web: Client, alice: User
    ) -> None:
        response = self.send(web, alice, keep_card="on", gateway="manual")
        assert response.status_code == 422
        assert b"Only a card can be kept" in response.content


class TestTurningItOn:
    def test_stores_what_was_agreed_to(self, web: Client, alice: User) -> None:
        card = saved_card(alice)
        assert web.post(PAGE, {**ASKED, "card": card.pk}).status_code == 302
        auto = AutoTopUp.objects.get()
        assert (auto.is_on, auto.consent_text) == (True, topping_up.consent_words())
        assert (auto.below_micros, auto.amount_micros) == (5 * MICROS, 25 * MICROS)
        assert b"On: when your balance is below $5.00" in web.get(PAGE).content

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"agree": ""}, b"Tick the box"),
            ({"below": "0"}, b"above zero"),
            ({"amount": "0.10"}, b"smallest top-up"),
            ({"month_limit": "24"}, b"less than one top-up"),
            ({"amount": "1e2"}, b"Use digits"),
        ],
    )
    def test_refuses_in_words_and_keeps_what_was_typed(
        self, web: Client, alice: User, wrong: dict[str, str], words: bytes
    ) -> None:
        sent = {**ASKED, "card": str(saved_card(alice).pk), **wrong}
        response = web.post(PAGE, sent)
        assert response.status_code == 422
        assert words in response.content
        assert f'value="{sent["month_limit"]}"'.encode() in response.content
        assert not AutoTopUp.objects.exists()

    def test_takes_no_card_of_somebody_else(self, web: Client, bob: User) -> None:
        assert web.post(PAGE, {**ASKED, "card": saved_card(bob).pk}).status_code == 422

    def test_can_be_undone_with_one_press(self, web: Client, alice: User) -> None:
        web.post(PAGE, {**ASKED, "card": saved_card(alice).pk})
        web.post(f"{PAGE}off/")
        assert not AutoTopUp.objects.get().is_on


def test_a_card_is_removed_after_a_question(web: Client, alice: User) -> None:
    card = saved_card(alice)
    address = f"{PAGE}card/{card.pk}/remove/"
    assert b"forgets the card" in web.get(address).content
    card.refresh_from_db()
    assert card.removed_at is None
    web.post(address)
    card.refresh_from_db()
    assert card.removed_at is not None
