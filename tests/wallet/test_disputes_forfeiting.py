"""The rest of a balance that ends with a reversed payment, where the terms say so (CHB-03): once,
until the dispute is won or two people give it back, and never what came in since."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import User
from tests.wallet.deciding import agreed, proposed
from tests.wallet.disputing import State, books, disputed, own, publish, spend, topped_up
from wallet import verification
from wallet.disputes import following as disputes
from wallet.models import Decision, Deposit, Transfer


@pytest.fixture(autouse=True)
def _the_books_agree(terms: None) -> Iterator[None]:
    yield
    findings = [verification.run(check) for check in verification.CHECKS]
    assert [finding for finding in findings if not finding.is_ok] == []


def test_the_rest_is_forfeited_only_where_the_terms_say_so(alice: User) -> None:
    publish(chargeback_recourse="deposit_only", chargeback_forfeit=True)
    first, _second = topped_up(alice, 50), topped_up(alice, 30, bonus=3)
    before = books()
    dispute = disputed(first)
    assert own(alice) == {}
    assert books()["forfeiture", 0] == 30
    assert Transfer.objects.filter(reference=f"{dispute.reference}:forfeiture").count() == 2
    disputed(first, State.WON, entries=2)
    assert books() == before


@pytest.mark.parametrize("later", ["looked at again", "reinstated in part", "won, then lost"])
def test_what_two_people_gave_back_is_not_forfeited_again(
    alice: User, fiona: User, felix: User, later: str
) -> None:
    publish(chargeback_recourse="deposit_only", chargeback_forfeit=True)
    first, _second = topped_up(alice, 50), topped_up(alice, 30)
    subject = f"{disputed(first).reference}:forfeiture"
    kind = Decision.Kind.FORFEITURE_RETURN
    agreed(proposed(kind, alice, by=fiona, dollars=30, subject=subject), by=felix)
    follow_up(first, later)
    assert own(alice) == {"cash": 40 if later == "reinstated in part" else 30}


@pytest.mark.parametrize("later", ["looked at again", "reinstated in part", "won, then lost"])
def test_a_forfeited_balance_stays_forfeited_while_the_payment_is_reversed(
    alice: User, later: str
) -> None:
    publish(chargeback_forfeit=True)
    first, _second = topped_up(alice, 50), topped_up(alice, 30)
    disputed(first)
    follow_up(first, later)
    assert own(alice) == {}
    assert books()["forfeiture", 0] == (40 if later == "reinstated in part" else 30)
    disputed(first, State.WON, entries=4)
    assert own(alice) == {"cash": 80}


def test_money_that_came_after_a_forfeiture_stays_when_a_part_is_reinstated(alice: User) -> None:
    publish(chargeback_forfeit=True)
    first, _second = topped_up(alice, 50), topped_up(alice, 30)
    disputed(first)
    topped_up(alice, 20, bonus=2)
    disputed(first, State.LOST, taken=40, entries=2)
    assert own(alice) == {"cash": 20, "bonus": 2}


@pytest.mark.parametrize("later", ["looked at again", "reinstated in part"])
def test_what_a_customer_pays_after_his_balance_has_ended_is_never_forfeited(
    alice: User, later: str
) -> None:
    """There was nothing to forfeit; he was let in again, has paid his debt and more."""
    publish(chargeback_forfeit=True)
    deposit = topped_up(alice, 50)
    spend(alice, 50)
    disputed(deposit)
    topped_up(alice, 70, bonus=2)
    follow_up(deposit, later)
    assert own(alice) == {"cash": 30 if later == "reinstated in part" else 20, "bonus": 2}


def follow_up(deposit: Deposit, later: str) -> None:
    """What becomes of a dispute that has taken a whole top-up of 50.00."""
    if later == "looked at again":
        disputes.collect(dispute_id=disputed(deposit).pk, at=timezone.now())
    elif later == "reinstated in part":
        disputed(deposit, State.LOST, taken=40, entries=2)
    else:
        disputed(deposit, State.WON, entries=2)
        disputed(deposit, State.LOST, entries=3)
