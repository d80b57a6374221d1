"""Proposing and agreeing on the pages of staff: words first, then the act, then what came of it."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.deciding import NOTE, proposed
from tests.wallet.payments import paid
from wallet.models import Decision
from wallet.pots import Pots, pots_of

Kind, Outcome = Decision.Kind, Decision.Outcome


def address(customer: User, act: str = "") -> str:
    return f"/staff/payments/customers/{customer.pk}/{act}"


def filled(**fields: str) -> dict[str, str]:
    return {"key": str(uuid.uuid4()), "reason": "compensation", "note": NOTE} | fields


def had(customer: User) -> Pots:
    return pots_of(customer_id=customer.pk)


def test_what_will_happen_is_said_before_it_happens(
    client: Client, alice: User, fiona: User
) -> None:
    client.force_login(fiona)
    form = filled(amount="7.50")
    page = client.post(address(alice, "goodwill/"), form)
    assert "$7.50 of bonus is added" in page.text
    assert "It is done at once." in page.text
    assert (Decision.objects.count(), had(alice)) == (0, Pots())
    back = client.post(address(alice, "goodwill/"), form | {"step": "back"})
    assert 'value="7.50"' in back.text
    done = client.post(address(alice, "goodwill/"), form | {"step": "do"}, follow=True)
    assert "Done, and the customer gets a mail." in done.text
    assert had(alice) == Pots(bonus=7_500_000)


def test_pressing_twice_gives_once(client: Client, alice: User, fiona: User) -> None:
    client.force_login(fiona)
    form = filled(amount="5", step="do")
    answers = [client.post(address(alice, "goodwill/"), form) for _ in "ab"]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert had(alice) == Pots(bonus=5 * MICROS)


def test_support_is_told_that_a_colleague_has_to_agree(
    client: Client, alice: User, sam: User
) -> None:
    client.force_login(sam)
    page = client.get(address(alice, "goodwill/"))
    assert "$5.00" in page.text
    assert "Owed to us" not in page.text  # no balance for Support (S-20)
    form = filled(amount="6")
    assert "has to agree before" in client.post(address(alice, "goodwill/"), form).text
    done = client.post(address(alice, "goodwill/"), form | {"step": "do"}, follow=True)
    assert "Take it back" in done.text
    assert had(alice) == Pots()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "1e2"}, "Use digits"),
        ({"amount": "0"}, "nothing to move"),
        ({"amount": "5", "reason": "fraud"}, "Choose one of these reasons"),
        ({"amount": "5", "note": "short"}, "Say what happened"),
    ],
)
def test_what_is_wrong_is_said_and_the_input_kept(
    client: Client, alice: User, fiona: User, fields: dict[str, str], words: str
) -> None:
    client.force_login(fiona)
    page = client.post(address(alice, "goodwill/"), filled(step="do") | fields)
    assert (page.status_code, Decision.objects.count()) == (422, 0)
    assert words in page.text
    assert f'value="{fields["amount"]}"' in page.text


def test_a_correction_takes_when_told_so(client: Client, alice: User, fiona: User) -> None:
    paid(alice)
    client.force_login(fiona)
    form = filled(direction="take", amount="5", reason="mistake", step="do")
    client.post(address(alice, "correct/"), form)
    assert had(alice) == Pots(cash=20 * MICROS)


def test_a_second_person_agrees_on_one_screen(
    client: Client, alice: User, fiona: User, felix: User
) -> None:
    waiting = proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=100)
    client.force_login(felix)
    assert "alice@example.com" in client.get("/staff/payments/decisions/").text
    page = client.get(f"/staff/payments/decisions/{waiting.pk}/")
    for words in (NOTE, "$100.00 is added", "fiona@example.com", "Agree, and do it"):
        assert words in page.text
    done = client.post(f"/staff/payments/decisions/{waiting.pk}/agree/", follow=True)
    assert "Agreed, and done." in done.text
    assert had(alice).cash == 100 * MICROS
    again = client.post(f"/staff/payments/decisions/{waiting.pk}/agree/", follow=True)
    assert "decided already" in again.text


def test_who_proposed_it_is_offered_to_take_it_back_only(
    client: Client, alice: User, fiona: User
) -> None:
    waiting = proposed(Kind.GOODWILL, alice, by=fiona, dollars=100)
    client.force_login(fiona)
    page = client.get(f"/staff/payments/decisions/{waiting.pk}/")
    assert "Agree, and do it" not in page.text
    client.post(f"/staff/payments/decisions/{waiting.pk}/agree/")
    assert had(alice) == Pots()
    client.post(f"/staff/payments/decisions/{waiting.pk}/decline/")
    waiting.refresh_from_db()
    assert waiting.outcome == Outcome.DECLINED


def test_an_operator_sees_the_queue_and_cannot_agree(
    client: Client, alice: User, fiona: User, olga: User
) -> None:
    waiting = proposed(Kind.GOODWILL, alice, by=fiona, dollars=100)
    client.force_login(olga)
    for act in ("agree", "decline"):
        client.post(f"/staff/payments/decisions/{waiting.pk}/{act}/")
    waiting.refresh_from_db()
    assert (waiting.outcome, had(alice)) == (Outcome.WAITING, Pots())


def test_support_sees_its_own_proposals_only(
    client: Client, alice: User, sam: User, fiona: User
) -> None:
    client.force_login(sam)
    mine = proposed(Kind.GOODWILL, alice, by=sam, dollars=6)
    theirs = proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=100)
    assert client.get(f"/staff/payments/decisions/{mine.pk}/").status_code == 200
    assert client.get(f"/staff/payments/decisions/{theirs.pk}/").status_code == 404


def test_one_page_tells_all_about_a_customers_money(
    client: Client, alice: User, fiona: User
) -> None:
    deposit = paid(alice)
    proposed(Kind.GOODWILL, alice, by=fiona, dollars=5)
    client.force_login(fiona)
    page = client.get(address(alice))
    for words in ("$25.00", f"Top-up {deposit.pk}", "cash · deposit", "Give goodwill", "$5.00"):
        assert words in page.text
