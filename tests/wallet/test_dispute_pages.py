"""Staff see what became of the money and what is to be done; the customer sees what is owed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OutboundMail, User
from tests.wallet.disputing import State, disputed, own, publish, spend, topped_up, warned
from wallet.decisions import deciding as decisions
from wallet.models import Decision, FraudWarning

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _whole_balance(terms: None) -> None:
    publish(chargeback_suspend=False)


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_open_disputes_are_listed_by_their_clock(desk: Client, alice: User, bob: User) -> None:
    now = timezone.now()
    later = disputed(topped_up(alice, 50), evidence_due_at=now + timedelta(days=7))
    sooner = disputed(topped_up(bob, 50), evidence_due_at=now + timedelta(days=2))
    shown = read(desk, "/staff/payments/disputes/")
    assert shown.index(f"Dispute {sooner.pk} ") < shown.index(f"Dispute {later.pk} ")
    assert "in 1\xa0day" in shown
    disputed(sooner.deposit, State.LOST)
    assert f"Dispute {sooner.pk} " not in read(desk, "/staff/payments/disputes/")
    assert f"Dispute {sooner.pk} " in read(desk, "/staff/payments/disputes/?show=all")


def test_one_dispute_says_line_by_line_what_was_taken(desk: Client, alice: User) -> None:
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    dispute = disputed(deposit, fee=15)
    shown = read(desk, f"/staff/payments/disputes/{dispute.pk}/")
    for words in ("$30.00", "$70.00", "$15.00", "Payment reversed", "whole balance answers"):
        assert words in shown
    assert f"/staff/orders/evidence/{dispute.pk}/" in shown


def test_a_suspended_customer_is_one_press_from_the_standing(desk: Client, alice: User) -> None:
    publish()
    dispute = disputed(topped_up(alice, 50))
    shown = read(desk, f"/staff/payments/disputes/{dispute.pk}/")
    assert "Suspended" in shown
    assert f"/admin/accounts/user/{alice.pk}/change/" in shown


def test_a_warning_is_released_with_a_reason(desk: Client, alice: User) -> None:
    warning = warned(topped_up(alice, 50))
    address = f"/staff/payments/warnings/{warning.pk}/"
    assert "$50.00" in read(desk, address)
    assert desk.post(f"{address}release/", {"reason": " "}).status_code == 422
    assert own(alice) == {"cash_hold": 50}
    assert desk.post(f"{address}release/", {"reason": "known"})["Location"] == address
    assert own(alice) == {"cash": 50}
    answer = desk.post(f"{address}release/", {"reason": "known"}, follow=True)
    assert "Nothing waits for this warning any more." in answer.content.decode()
    assert FraudWarning.objects.get().resolved_by is not None


def test_support_releases_nothing(client: Client, alice: User, sam: User) -> None:
    warning = warned(topped_up(alice, 50))
    client.force_login(sam)
    address = f"/staff/payments/warnings/{warning.pk}/release/"
    assert client.post(address, {"reason": "known"}).status_code == 403
    assert own(alice) == {"cash_hold": 50}


# --- The customer ---------------------------------------------------------------------------------


def test_the_wallet_says_what_is_owed_and_what_pays_it(client: Client, alice: User) -> None:
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    disputed(deposit)
    client.force_login(alice)
    shown = read(client, "/wallet/")
    assert "You owe $70.00" in shown
    assert "Your next top-up pays this first" in shown


def test_the_wallet_says_what_waits_and_why(client: Client, alice: User) -> None:
    questioned, doubted = topped_up(alice, 50), topped_up(alice, 30)
    disputed(questioned, State.INQUIRY)
    warned(doubted)
    client.force_login(alice)
    shown = read(client, "/wallet/")
    assert f"Your bank asks about top-up {questioned.pk}" in shown
    assert f"A bank warns of the payment of top-up {doubted.pk}" in shown
    assert "You owe" not in shown


def test_the_statement_has_a_line_for_everything_that_was_taken(
    client: Client, alice: User
) -> None:
    publish(chargeback_suspend=False, chargeback_pass_fee=15_000_000)
    deposit = topped_up(alice, 100, bonus=5)
    disputed(deposit, amount=40, taken=40, fee=15)
    disputed(deposit, State.WON, entries=2, taken=0, fee=15)
    client.force_login(alice)
    shown = read(client, "/wallet/")
    for words in (
        "Payment reversed",
        "Fee of the reversal",
        "Bonus cancelled",
        "Reversal undone",
        "Fee of the reversal returned",
        "Bonus returned",
    ):
        assert words in shown


# --- What the terms forfeit -----------------------------------------------------------------------


def test_two_people_give_back_what_the_terms_forfeited(
    client: Client, alice: User, fiona: User, felix: User
) -> None:
    publish(chargeback_recourse="deposit_only", chargeback_forfeit=True)
    first, _second = topped_up(alice, 50), topped_up(alice, 30)
    dispute = disputed(first)
    assert own(alice) == {}
    assert "$30.00, is forfeited" in OutboundMail.objects.get(key__endswith=":formal").body
    client.force_login(fiona)
    address = f"/staff/payments/disputes/{dispute.pk}/undo/"
    assert address in read(client, f"/staff/payments/disputes/{dispute.pk}/")
    form = client.get(address).context["form"]
    filled = {"key": form["key"].value(), "reason": "request", "note": "a consumer in the EU"}
    client.post(address, filled | {"step": "do"})
    assert own(alice) == {}
    decisions.agree(decision_id=Decision.objects.get().pk, by=felix, at=timezone.now())
    assert own(alice) == {"cash": 30}
    assert client.get(address).status_code == 404
