"""The top-up form: what it refuses leaves no row, what it takes leads to the gateway's page."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from accounts.models import KillSwitch, User
from tests.accounts.test_paths import ELSEWHERE
from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.payments import pay
from wallet.balances import spendable_micros
from wallet.currencies import MICROS_PER_CENT
from wallet.models import Deposit

ADDRESS = "/wallet/top-up/"
FORM = "application/x-www-form-urlencoded"
NOT_NUMBERS = [
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "1E+9999999",
    "1e2",
    "-0",
    "-1",
    "0.0000001",
    "5" * 5000,
    "1_000",
    "1,000",
    "٣",
    "١٢",
    "１２",
    "+5",
    "0x10",
    " 12 ",
    "12\n",
    "5.",
    ".5",
    "true",
    "[1]",
    '{"a": 1}',
    "1 000",
    "１２.５",
]
OUTSIDE = ["0", "0.001", "0.99", "12.345", str(10**20), "5000.01", "1000000000"]


@pytest.fixture
def web(client, alice):
    accept_with_payments(alice)
    client.force_login(alice)
    return client


@pytest.mark.parametrize("text", NOT_NUMBERS + OUTSIDE)
def test_what_is_no_payable_amount_is_refused_beside_the_field(web, text):
    response = web.post(ADDRESS, {"amount": text})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"amount"}
    assert "Nothing was charged" in response.content.decode()
    assert not Deposit.objects.exists()


@pytest.mark.parametrize("body", ["amount=1&amount=999", "amount=&amount=5", "preset=10&preset=50"])
def test_an_amount_given_twice_is_refused(web, body):
    assert web.post(ADDRESS, body, content_type=FORM).status_code == 422
    assert not Deposit.objects.exists()


@pytest.mark.parametrize("data", [{}, {"preset": "7"}, {"preset": "25x"}, {"amount": ""}])
def test_no_amount_or_an_unknown_choice_is_refused(web, data):
    assert web.post(ADDRESS, data).status_code == 422
    assert not Deposit.objects.exists()


def test_nul_in_the_amount_is_a_4xx(web):
    assert web.post(ADDRESS, "amount=5%00", content_type=FORM).status_code in (400, 422)
    assert not Deposit.objects.exists()


@pytest.mark.parametrize(
    ("data", "micros"),
    [
        ({"preset": "10"}, 10 * MICROS),
        ({"amount": "12.50"}, 12_500_000),
        ({"preset": "10", "amount": "1"}, MICROS),
        ({"preset": "100", "amount": ""}, 100 * MICROS),
        ({"amount": "5000"}, 5000 * MICROS),
    ],
)
def test_a_chosen_or_typed_amount_leads_to_the_payment_page(web, alice, stripe, data, micros):
    response = web.post(ADDRESS, data)
    deposit = Deposit.objects.get()
    assert (deposit.customer, deposit.asked_micros, deposit.state) == (alice, micros, "open")
    assert response.status_code == 302
    assert response["Location"].startswith(f"{stripe.url}/c/pay/")
    assert stripe.objects("checkout.session")[0]["amount_total"] == micros // MICROS_PER_CENT


def test_fields_that_the_form_does_not_have_change_nothing(web, alice, bob):
    smuggled = {
        "balance": "999",
        "state": "paid",
        "amount_micros": "999000000",
        "asked_micros": "999000000",
        "customer": bob.pk,
        "customer_id": bob.pk,
        "payment_id": "pi_1",
        "credited_at": "2026-01-01",
        "publication": 99,
        "is_staff": "1",
        "deposit_id": "1",
        "rate": "0",
    }
    assert web.post(ADDRESS, {"amount": "5", **smuggled}).status_code == 302
    deposit = Deposit.objects.get()
    assert (deposit.customer, deposit.state, deposit.gateway) == (alice, "open", "stripe")
    assert (deposit.asked_micros, deposit.payment_id) == (5 * MICROS, None)
    assert spendable_micros(customer_id=alice.pk) == 0
    assert not User.objects.get(pk=alice.pk).is_staff


@pytest.mark.parametrize("text", [text for text in ELSEWHERE if "\0" not in text])
def test_a_return_address_elsewhere_is_dropped_everywhere(web, stripe, text):
    query = urlencode({"return_to": text})
    assert web.get(f"{ADDRESS}?{query}").context["return_to"] == ""
    web.post(ADDRESS, {"amount": "5", "return_to": text})
    page = f"/wallet/deposits/{Deposit.objects.get().pk}/"
    session = stripe.objects("checkout.session")[0]
    assert {session["success_url"], session["cancel_url"]} == {f"http://127.0.0.1:8000{page}"}
    assert web.get(f"{page}?{query}").context["return_to"] == ""


def test_who_lacked_money_comes_back_to_the_filled_order_form(web, stripe):
    order_form = "/orders/new/?service=3&quantity=100"
    page = web.get(f"{ADDRESS}?{urlencode({'amount': '1.20', 'return_to': order_form})}")
    assert page.context["form"]["amount"].value() == "1.20"
    web.post(ADDRESS, {"amount": "1.20", "return_to": order_form})
    pay(Deposit.objects.get())
    receipt = stripe.objects("checkout.session")[0]["success_url"]
    html = web.get(receipt.removeprefix("http://127.0.0.1:8000")).content.decode()
    assert 'href="/orders/new/?service=3&amp;quantity=100"' in html


def test_a_link_may_fill_the_form_and_refuses_nothing(web):
    response = web.get(f"{ADDRESS}?amount=1e2&preset=nonsense")
    assert response.status_code == 200
    assert "Nothing was charged" not in response.content.decode()


def test_switched_off_top_ups_show_the_reason_instead_of_the_form(web):
    KillSwitch.objects.create(part=KillSwitch.Part.TOP_UPS, reason="The bank is closed today.")
    html = web.get(ADDRESS).content.decode()
    assert "The bank is closed today." in html
    assert "Continue to payment" not in html
    refused = web.post(ADDRESS, {"amount": "5"})
    assert (refused.status_code, Deposit.objects.count()) == (422, 0)
    assert "The bank is closed today." in refused.content.decode()


def test_without_any_gateway_the_page_says_so(web, settings):
    settings.STRIPE_SECRET_KEY = settings.MANUAL_DETAILS = ""
    assert "No way of paying is set up yet" in web.get(ADDRESS).content.decode()
    assert web.post(ADDRESS, {"amount": "5"}).status_code == 422
    assert not Deposit.objects.exists()


def test_a_refresh_answers_with_the_sum_alone(web):
    html = web.get(f"{ADDRESS}?amount=30.5", headers={"HX-Request": "true"}).content.decode()
    assert "$30.50" in html
    assert "<html" not in html
    refused = web.get(f"{ADDRESS}?amount=30.555", headers={"HX-Request": "true"})
    assert "whole cents" in refused.content.decode()


def test_an_unknown_way_of_paying_is_refused(web):
    assert web.post(ADDRESS, {"amount": "5", "gateway": "elsewhere"}).status_code == 422
    assert not Deposit.objects.exists()
