"""The pages on which staff confirm bank transfers: what will happen is said first, one person
confirms, from the limit on another agrees, and files come as files."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import Gate, all_at_once
from tests.wallet.gateways.test_manual import PDF
from tests.wallet.payments import opened
from tests.wallet.test_bank_pages import send
from tests.wallet.test_bank_payments import by_bank, cash, confirmed, now, told
from wallet.decisions import bank_payments
from wallet.decisions.deciding import DecisionRefused
from wallet.gateways.manual.reference import reference_of
from wallet.models import Decision, Deposit

State = Deposit.State
QUEUE = "/staff/payments/bank/"
KEY = "7d3f0f0e-96c6-4b9f-8f5c-0a3f6f1c2b11"


def page_of(deposit: Deposit) -> str:
    return reverse("wallet_staff:bank_payment", args=[deposit.pk])


def sent(**fields: str) -> dict[str, str]:
    return {"key": KEY, "received": "50", "bank_number": "ST 2026/11-7", "note": "", **fields}


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def test_the_queue_shows_who_says_to_have_paid_the_longest_wait_first(desk, alice, bob):
    first, second = told(by_bank(alice)), told(by_bank(bob), reference="FT-<9>")
    by_bank(alice)  # has not said anything
    html = text(desk.get(QUEUE))
    assert html.index(reference_of(first.pk)) < html.index(reference_of(second.pk))
    assert "FT-&lt;9&gt;" in html
    assert html.count('class="mono"') == 2


def test_a_purpose_leads_to_its_top_up_and_a_mistyped_one_says_so(desk, alice):
    deposit = by_bank(alice)
    reference = reference_of(deposit.pk)
    assert desk.get(QUEUE, {"q": reference.lower()})["Location"] == page_of(deposit)
    wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    assert "No top-up has this purpose" in text(desk.get(QUEUE, {"q": wrong}))


def test_what_will_happen_is_said_before_and_done_after(desk, alice):
    deposit = told(by_bank(alice))
    look = desk.post(f"{page_of(deposit)}confirm/", sent(received="49.99"))
    for words in ("$49.99 is credited", "ST 2026/11-7", "not the amount that was asked for"):
        assert words in text(look)
    assert now(deposit).state == State.PROCESSING
    done = desk.post(f"{page_of(deposit)}confirm/", sent(received="49.99", step="do"))
    assert done["Location"] == page_of(deposit)
    assert (now(deposit).state, cash(alice)) == (State.PAID, 49_990_000)


def test_going_back_keeps_what_was_typed(desk, alice):
    deposit = told(by_bank(alice))
    html = text(desk.post(f"{page_of(deposit)}confirm/", sent(step="back", received="12.34")))
    assert 'value="12.34"' in html
    assert now(deposit).state == State.PROCESSING


def test_two_presses_credit_once(desk, alice):
    deposit = told(by_bank(alice))
    for _press in range(2):
        desk.post(f"{page_of(deposit)}confirm/", sent(step="do"))
    assert (cash(alice), Decision.objects.count()) == (50 * MICROS, 1)


def test_a_large_payment_is_proposed_and_agreed_to_by_finance(desk, alice, fiona):
    deposit = told(by_bank(alice, 100 * MICROS))
    look = desk.post(f"{page_of(deposit)}confirm/", sent(received="100"))
    assert "A colleague of finance has to agree" in text(look)
    desk.post(f"{page_of(deposit)}confirm/", sent(received="100", step="do"))
    decision = Decision.objects.get()
    assert (now(deposit).state, cash(alice)) == (State.PROCESSING, 0)
    assert "waits for a second person" in text(desk.get(page_of(deposit)))
    desk.force_login(fiona)
    assert "as number ST 2026/11-7 of the bank" in text(
        desk.get(reverse("wallet_staff:decision", args=[decision.pk]))
    )
    desk.post(reverse("wallet_staff:agree", args=[decision.pk]))
    assert (now(deposit).state, cash(alice)) == (State.PAID, 100 * MICROS)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"received": "0"}, "whole cents"),
        ({"received": "1.005"}, "whole cents"),
        ({"received": "1e2"}, "Use digits"),
        ({"received": ""}, "Type an amount"),
        ({"bank_number": "ab"}, "3 to 60"),
        ({"bank_number": "<script>"}, "3 to 60"),
        ({"bank_number": "x" * 61}, "3 to 60"),
        ({"key": "x"}, "valid UUID"),
    ],
)
def test_what_is_no_payment_is_refused_beside_its_field(desk, alice, fields, said):
    deposit = told(by_bank(alice))
    refused = desk.post(f"{page_of(deposit)}confirm/", sent(step="do", **fields))
    assert refused.status_code == 422
    assert said in text(refused)
    assert cash(alice) == 0


def test_a_number_of_the_bank_that_was_credited_is_refused(desk, alice, bob, olga):
    confirmed(by_bank(bob), by=olga, number="ST 2026/11-7")
    deposit = told(by_bank(alice))
    refused = desk.post(f"{page_of(deposit)}confirm/", sent(step="do"))
    assert (refused.status_code, cash(alice)) == (422, 0)
    assert "credited to another top-up" in text(refused)


def test_a_payment_is_found_by_the_number_as_the_bank_prints_it(client, fiona, alice, olga):
    confirmed(by_bank(alice), by=olga, number="ST 2026/11-7")
    client.force_login(fiona)
    page = reverse("wallet_staff:payments")
    assert "alice@example.com" in text(client.get(page, {"q": "st 2026/11-7"}))
    assert "alice@example.com" not in text(client.get(page, {"q": "st 2026/11-8"}))


def test_declining_needs_a_reason_that_the_customer_reads(desk, alice, client):
    deposit = told(by_bank(alice))
    assert desk.post(f"{page_of(deposit)}decline/", {"reason": "no"}).status_code == 422
    assert now(deposit).state == State.PROCESSING
    desk.post(f"{page_of(deposit)}decline/", {"reason": "We saw no such transfer."})
    assert now(deposit).state == State.FAILED
    client.force_login(alice)
    assert "We saw no such transfer." in text(client.get(deposit.get_absolute_url()))


def test_a_proof_comes_to_staff_as_a_file_that_runs_nowhere(desk, alice, olga):
    deposit = by_bank(alice)
    desk.force_login(alice)
    send(desk, deposit, PDF, "x.html")
    desk.force_login(olga)
    response = desk.get(f"{page_of(deposit)}proof/")
    assert (response.content, response["Content-Type"]) == (PDF, "application/pdf")
    assert response["Content-Disposition"] == 'attachment; filename="x.pdf"'
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("page", ["", "proof/"])
def test_customers_and_support_see_none_of_it(client, alice, sam, page):
    deposit = told(by_bank(alice))
    for person in (alice, sam):
        client.force_login(person)
        assert client.get(QUEUE).status_code == 403
        assert client.get(page_of(deposit) + page).status_code == 403
        assert client.post(f"{page_of(deposit)}confirm/", sent(step="do")).status_code == 403
    assert cash(alice) == 0


def test_a_card_payment_is_no_bank_payment(desk, alice):
    card = opened(alice)
    assert desk.get(page_of(card)).status_code == 404
    assert desk.post(f"{page_of(card)}confirm/", sent(step="do")).status_code == 404


def test_a_number_credited_between_the_look_and_the_act_confirms_nothing_else(
    db, alice, olga, monkeypatch
):
    first, second = by_bank(alice, 10 * MICROS), by_bank(alice, 10 * MICROS)
    monkeypatch.setattr(bank_payments, "check_confirmable", lambda _deposit, *, bank_number: None)
    confirmed(first, by=olga)
    with pytest.raises(DecisionRefused):
        confirmed(second, by=olga)
    assert (now(first).state, now(second).state) == (State.PAID, State.OPEN)
    assert cash(alice) == 10 * MICROS


TIMES = 8


def confirm_at_once(deposits: list[Deposit], by: User) -> int:
    """All top-ups are confirmed with the same number of the bank; how many succeed."""

    def once(deposit: Deposit) -> bool:
        try:
            confirmed(deposit, by=by)
        except DecisionRefused:
            return False
        return True

    return sum(all_at_once(*[partial(once, deposit) for deposit in deposits]))


def test_one_number_of_the_bank_pays_one_of_many_top_ups(
    fresh_db: TestDatabase, alice: User, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody has looked before anybody credits: then the database decides."""
    look = Gate(TIMES).after(lambda _deposit, *, bank_number: None)
    monkeypatch.setattr(bank_payments, "check_confirmable", look)
    monkeypatch.setattr("wallet.decisions.deciding._lock_proposer", lambda _by: None)
    found = [by_bank(alice, 10 * MICROS) for _time in range(TIMES)]
    assert confirm_at_once(found, olga) == 1
    assert cash(alice) == 10 * MICROS
