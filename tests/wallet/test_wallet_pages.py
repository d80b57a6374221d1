"""Who sees which page of the wallet, and what it truthfully says."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import KillSwitch
from tests.factories import MICROS, order
from tests.wallet.payments import opened, paid, pay, tell
from wallet import ledger
from wallet.balances import spendable_micros
from wallet.gateways.base import PaymentState
from wallet.models import Deposit
from wallet.payouts import payable

MISSING = 999_999


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


def text(response) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def pages(deposit: Deposit) -> list[str]:
    return [
        "/wallet/",
        "/wallet/top-up/",
        f"/wallet/deposits/{deposit.pk}/",
    ]


def test_the_owner_sees_every_page(web, alice):
    for address in pages(opened(alice)):
        assert "Wallet" in text(web.get(address))


def test_whoever_is_not_logged_in_is_sent_to_the_log_in_page(client, alice):
    for address in pages(opened(alice)):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (
            302,
            f"/account/login/?next={address}",
        )


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_strangers_deposit_is_not_found_like_one_that_is_not_there(client, alice, bob, method):
    deposit = opened(alice)
    client.force_login(bob)
    there, missing = (
        getattr(client, method)(f"/wallet/deposits/{number}/") for number in (deposit.pk, MISSING)
    )
    assert (there.status_code, missing.status_code) == (404, 404)
    assert there.content == missing.content
    deposit.refresh_from_db()
    assert deposit.state == "open"


def test_staff_has_no_way_into_a_customers_wallet(client, alice, olga):
    deposit = opened(alice)
    client.force_login(olga)
    assert client.get(f"/wallet/deposits/{deposit.pk}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(web, alice, method):
    for address in pages(opened(alice)):
        assert getattr(web, method)(address).status_code == 405
    assert web.post("/wallet/").status_code == 405


def test_looking_at_pages_pays_nothing(web, alice):
    for address in pages(opened(alice)):
        web.get(f"{address}?outcome=pay&state=paid")
    assert Deposit.objects.get().state == "open"
    assert spendable_micros(customer_id=alice.pk) == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [(PaymentState.FAILED, "was declined"), (PaymentState.EXPIRED, "was not paid")],
)
def test_declined_and_cancelled_payments_credit_nothing_and_offer_another_try(
    web, alice, state, words
):
    deposit = tell(opened(alice), state)
    response = web.get(f"/wallet/deposits/{deposit.pk}/")
    assert words in text(response)
    assert "/wallet/top-up/?amount=25" in text(response)
    deposit.refresh_from_db()
    assert (deposit.state, spendable_micros(customer_id=alice.pk)) == (state, 0)


def test_a_waiting_deposit_asks_for_news_and_leads_to_the_payment(web, alice, stripe):
    deposit = opened(alice)
    address = f"/wallet/deposits/{deposit.pk}/"
    assert 'hx-get="?shown=open"' in text(web.get(address))
    assert "not received this payment yet" in text(web.get(address))
    assert web.post(address)["Location"].startswith(f"{stripe.url}/c/pay/")


@pytest.mark.parametrize(("fault", "stage"), [("error", "before"), ("drop", "after")])
def test_a_gateway_without_an_answer_is_said_in_words_and_asked_again(
    web, alice, stripe, fault, stage
):
    address = f"/wallet/deposits/{opened(alice).pk}/"
    stripe.fault(fault, route="POST /v1/checkout/sessions", stage=stage, count=2)
    assert "does not answer" in text(web.post(address, follow=True))
    assert web.post(address)["Location"].startswith(f"{stripe.url}/c/pay/")
    assert len(stripe.objects("checkout.session")) == 1


def test_the_poll_answers_only_when_something_has_changed(web, alice):
    deposit = opened(alice)
    ask = {"path": f"/wallet/deposits/{deposit.pk}/?shown=open", "headers": {"HX-Request": "true"}}
    assert web.get(**ask).status_code == 204
    pay(deposit)
    assert web.get(**ask)["HX-Refresh"] == "true"


def test_a_paid_deposit_is_a_receipt_and_asks_no_more(web, alice):
    deposit = pay(opened(alice), amount_micros=24 * MICROS)
    html = text(web.get(f"/wallet/deposits/{deposit.pk}/"))
    assert "We have received $24.00" in html
    assert "You had asked for $25.00" in html
    assert f"pay_{deposit.pk}" in html
    assert "hx-get" not in html


def test_going_to_pay_what_is_paid_leads_back_to_the_receipt(web, alice):
    deposit = paid(alice)
    address = f"/wallet/deposits/{deposit.pk}/"
    assert web.post(address)["Location"] == address


def test_a_gateway_that_was_switched_off_meanwhile_is_said_in_words(web, alice, settings):
    deposit = opened(alice)
    settings.STRIPE_SECRET_KEY = ""
    response = web.post(f"/wallet/deposits/{deposit.pk}/", follow=True)
    assert "not on offer now" in text(response)


def test_the_wallet_shows_cash_bonus_and_what_running_orders_hold(web, alice):
    placed = order(alice, quantity=1500)
    ledger.grant_bonus(
        customer_id=alice.pk, amount_micros=3 * MICROS, reference="bonus:1", at=timezone.now()
    )
    page = web.get("/wallet/")
    assert page.context["escrow_micros"] == placed.charge_micros == 1_500_000
    html = text(page)
    for sum_shown in ("$101.50", "$98.50", "$3.00", "$1.50"):
        assert f"<bdi>{sum_shown}</bdi>" in html


def test_a_top_up_that_was_left_is_brought_to_mind_for_a_day(web, alice):
    deposit = opened(alice)
    assert f"See top-up {deposit.pk}" in text(web.get("/wallet/"))
    Deposit.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert f"See top-up {deposit.pk}" not in text(web.get("/wallet/"))


def test_a_new_customer_is_told_what_the_statement_will_hold(web):
    assert "Nothing has moved yet" in text(web.get("/wallet/"))
    assert "Nothing of this kind" in text(web.get("/wallet/?show=refunds"))


@pytest.mark.parametrize(
    "query", ["show=nonsense", "below=~~", "show=all&show=orders", "below=1.1"]
)
def test_an_address_that_makes_no_sense_shows_the_wallet(web, query):
    assert web.get(f"/wallet/?{query}").status_code == 200


def test_tabs_show_their_kind_and_the_next_page_stays_in_the_tab(web, alice):
    paid(alice, 100 * MICROS)
    for number in range(1, 31):
        ledger.hold_for_order(
            customer_id=alice.pk,
            charge_micros=MICROS,
            reference=f"order:{number}",
            at=timezone.now(),
        )
    page = web.get("/wallet/?show=orders")
    assert {line.kind for line in page.context["page"].lines} == {"order_charge"}
    below = page.context["page"].below
    older = web.get("/wallet/", {"show": "orders", "below": below}).context["page"]
    assert [line.words for line in older.lines] == [f"Order {n}" for n in range(5, 0, -1)]
    assert [line.words for line in web.get("/wallet/?show=top-ups").context["page"].lines] == [
        f"Top-up {Deposit.objects.get().pk}"
    ]


def test_the_csv_adds_up_and_holds_only_the_own_lines(web, alice, bob):
    paid(bob)
    deposit = paid(alice, 10 * MICROS)
    ledger.adjust(
        customer_id=alice.pk, amount_micros=-1, reference="adjustment:1", at=timezone.now()
    )
    response = web.get("/wallet/?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="statement.csv"'
    body = b"".join(response.streaming_content).decode()
    rows = list(csv.DictReader(body.splitlines()))
    assert [row["Amount, USD"] for row in rows] == ["-0.000001", "10.00"]
    assert [row["Balance, USD"] for row in rows] == ["9.999999", "10.00"]
    assert rows[1]["Reference"] == deposit.reference


def test_the_header_shows_the_balance_of_the_customer(web, alice):
    paid(alice, 12_340_000)
    assert "<bdi>$12.34</bdi>" in text(web.get("/wallet/top-up/"))


@pytest.mark.parametrize("is_offered", [True, False])
def test_the_way_back_of_money_is_shown_where_the_terms_offer_one(
    web: Client, monkeypatch: pytest.MonkeyPatch, is_offered: bool
) -> None:
    monkeypatch.setattr(payable, "is_offered", lambda **_who: is_offered)
    assert (b"What can be paid back" in web.get("/wallet/").content) is is_offered


@pytest.mark.parametrize("is_off", [False, True])
def test_who_doubts_a_payment_is_asked_to_write_first_and_told_where(web, alice, is_off):
    """On the wallet, the form of a top-up, and its receipt; whether more can be paid in or not
    (CHB-07)."""
    deposit = paid(alice)
    if is_off:
        KillSwitch.objects.create(part=KillSwitch.Part.TOP_UPS, reason="The bank is closed today.")
    asked = f'<a href="{reverse("tickets:ticket_new")}">write to us first</a>'
    for address in ("/wallet/", "/wallet/top-up/", deposit.get_absolute_url()):
        assert asked in text(web.get(address)), address
