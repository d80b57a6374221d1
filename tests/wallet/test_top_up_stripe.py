"""The form of a top-up against Stripe's stand-in: what begins there, what does not, and its end."""

from __future__ import annotations

import pytest

from accounts.models import OutboundMail
from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.bonuses import promotion
from tests.wallet.notices import at_page, tell
from wallet.balances import balances_of
from wallet.models import Deposit

ADDRESS = "/wallet/top-up/"
State = Deposit.State


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


def test_without_acceptance_no_payment_page_is_made(stripe, web):
    """LEG-07."""
    assert web.post(ADDRESS, {"amount": "5"}).status_code == 422
    assert stripe.objects("checkout.session") == []


def test_a_bonus_that_nobody_saw_makes_no_payment_page(stripe, web, alice):
    accept_with_payments(alice)
    promotion()
    assert web.post(ADDRESS, {"amount": "20", "code": "TEST"}).status_code == 422
    assert stripe.objects("checkout.session") == []


def test_with_acceptance_the_customer_is_led_to_the_page(stripe, web, alice):
    accept_with_payments(alice)
    response = web.post(ADDRESS, {"amount": "20"})
    assert response["Location"].startswith(stripe.url)
    page = stripe.objects("checkout.session")[0]
    assert (page["amount_total"], page["client_reference_id"]) == (
        2000,
        Deposit.objects.get().reference,
    )


def test_a_cancelled_top_up_closes_its_page(stripe, web, alice):
    """WAL-05."""
    deposit = at_page(alice)
    web.post(f"/wallet/deposits/{deposit.pk}/cancel/")
    deposit.refresh_from_db()
    assert (deposit.state, deposit.trouble) == (State.EXPIRED, "You cancelled it.")
    assert stripe.objects("checkout.session")[0]["status"] == "expired"
    tell(stripe)
    assert not OutboundMail.objects.filter(key__startswith=deposit.reference).exists()


def test_one_that_was_just_paid_is_not_cancelled(stripe, web, alice):
    """The notice is still on its way: our own table knows nothing of the payment."""
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id, "pm_card_visa")
    html = web.post(f"/wallet/deposits/{deposit.pk}/cancel/", follow=True).content.decode()
    assert "perhaps it has just been paid" in html
    deposit.refresh_from_db()
    assert deposit.state == State.OPEN
    tell(stripe)
    assert balances_of(customer_id=alice.pk).cash_micros == 25 * MICROS


def test_a_top_up_can_be_cancelled_while_the_gateway_is_silent_only_later(
    stripe, web, alice, settings
):
    deposit = at_page(alice)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    html = web.post(f"/wallet/deposits/{deposit.pk}/cancel/", follow=True).content.decode()
    assert "could not be cancelled" in html
    settings.STRIPE_API_BASE = stripe.url
    web.post(f"/wallet/deposits/{deposit.pk}/cancel/")
    deposit.refresh_from_db()
    assert (deposit.state, balances_of(customer_id=alice.pk).cash_micros) == (State.EXPIRED, 0)
