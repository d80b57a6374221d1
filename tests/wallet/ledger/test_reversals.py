"""Payments that are taken back, and the debt that may stay. Each cause on its own."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.wallet.histories import withdrawable
from tests.wallet.ledger.acts import (
    USD,
    accounts,
    deposit,
    dispute_of,
    foreign_refund_of,
    give_back,
    holdings,
    lots,
    order,
    pass_fee_on,
    refund,
    settle_debt,
    take_back,
    unsound,
)
from wallet import ledger
from wallet.lots.payback import PaybackTerms
from wallet.models import Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def spent(alice: User) -> User:
    """100.00 topped up, 70.00 of it ordered."""
    deposit(alice, 1, 100)
    order(alice, 1, 70)
    return alice


def test_a_chargeback_takes_what_is_left_and_the_rest_is_debt(spent: User) -> None:
    cause = dispute_of(spent, 1, 1)
    for _again in range(2):
        take_back(cause, 100)
    assert accounts(spent) == {"debt": -70, "escrow": 70}
    found = ledger.reversal_of(cause)
    assert (found.taken_micros, found.owed_micros) == (100 * USD, 70 * USD)
    assert unsound() == []


def test_a_dispute_whose_amount_rises_takes_the_difference(spent: User) -> None:
    cause = dispute_of(spent, 1, 1)
    for dollars in (20, 50, 50, 40):
        take_back(cause, dollars)
    assert accounts(spent) == {"debt": -20, "escrow": 70, "gateway_clearing": -50}


def test_recourse_to_the_top_up_alone_leaves_other_money_and_no_debt(spent: User) -> None:
    deposit(spent, 2, 25)
    take_back(dispute_of(spent, 1, 1), 100, most_cash=30)
    assert accounts(spent) == {
        "cash": 25,
        "escrow": 70,
        "chargeback_loss": -70,
        "gateway_clearing": -25,
    }
    assert unsound() == []


def test_what_the_house_bore_cannot_be_paid_back_later(spent: User) -> None:
    """The charge is reversed in full: an order's refund must not go back on it once more."""
    take_back(dispute_of(spent, 1, 1), 100, most_cash=30)
    refund(spent, 1, 70)
    terms = PaybackTerms(is_offered=True, window_days=None, is_order_money_exempt=True)
    held = holdings(spent)
    assert held.deposit("deposit:1").disputed_micros == 100 * USD
    assert withdrawable(held, "deposit:1", terms=terms, at=held.lots[0].credited_at) == 0


def test_a_won_dispute_undoes_loss_and_cash_alike(spent: User) -> None:
    before, table = lots(spent), accounts(spent)
    cause = dispute_of(spent, 1, 1)
    take_back(cause, 100, most_cash=30)
    for _again in range(2):
        give_back(cause)
    assert (lots(spent), accounts(spent)) == (before, table)
    assert holdings(spent).deposit("deposit:1").disputed_micros == 0
    assert unsound() == []


def test_the_fee_is_passed_on_once_and_comes_back_when_won(spent: User) -> None:
    cause = dispute_of(spent, 1, 1)
    take_back(cause, 20)
    for _again in range(2):
        pass_fee_on(cause, 15)
    assert accounts(spent) == {
        "debt": -5,
        "escrow": 70,
        "gateway_clearing": -80,
        "gateway_fees": 15,
    }
    give_back(cause)
    assert accounts(spent) == {"cash": 30, "escrow": 70, "gateway_clearing": -100}
    assert lots(spent) == [("deposit:1", "deposit", 30)]


def test_debt_of_several_causes_is_paid_oldest_first(spent: User) -> None:
    deposit(spent, 2, 20)
    order(spent, 2, 50)
    first, second = dispute_of(spent, 1, 1), dispute_of(spent, 2, 2)
    take_back(first, 100)
    take_back(second, 20)
    deposit(spent, 3, 110)
    assert settle_debt(spent) == 110
    assert ledger.reversal_of(first).owed_micros == 0
    assert ledger.reversal_of(second).owed_micros == 10 * USD
    assert settle_debt(spent) == 0
    assert unsound() == []


@pytest.mark.parametrize("kind", ["dispute", "foreign refund"])
def test_a_cause_undone_after_part_of_its_debt_was_paid(spent: User, kind: str) -> None:
    cause = dispute_of(spent, 1, 1) if kind == "dispute" else foreign_refund_of(spent, 1, 1)
    take_back(cause, 100)
    pass_fee_on(cause, 10)
    deposit(spent, 2, 45)
    settle_debt(spent)
    assert accounts(spent)["debt"] == -35
    for _again in range(2):
        give_back(cause)
    assert accounts(spent) == {"cash": 75, "escrow": 70, "gateway_clearing": -145}
    sums = holdings(spent).deposit("deposit:1")
    assert (sums.paid_out_micros, sums.disputed_micros) == (0, 0)
    assert ("deposit:2", "debt_return", 45) in lots(spent)
    assert unsound() == []


def test_one_cause_is_undone_and_the_debt_of_the_other_stays(spent: User) -> None:
    deposit(spent, 2, 20)
    order(spent, 2, 50)
    first, second = dispute_of(spent, 1, 1), dispute_of(spent, 2, 2)
    take_back(first, 100)
    take_back(second, 20)
    give_back(first)
    assert accounts(spent)["debt"] == -20
    assert settle_debt(spent) == 0
    refund(spent, 2, 50)
    assert settle_debt(spent) == 20
    assert ledger.reversal_of(second).owed_micros == 0


def test_lost_again_after_won_is_taken_again(spent: User) -> None:
    cause = dispute_of(spent, 1, 1)
    for _turn in range(2):
        take_back(cause, 100)
        give_back(cause)
    take_back(cause, 100)
    assert accounts(spent) == {"debt": -70, "escrow": 70}
    assert unsound() == []


def test_nothing_is_given_back_for_a_cause_that_took_nothing(spent: User) -> None:
    give_back(dispute_of(spent, 9, 1))
    assert not Transfer.objects.filter(reference="dispute:9").exists()


def test_who_owes_nothing_pays_nothing(spent: User) -> None:
    assert settle_debt(spent) == 0
    assert accounts(spent)["cash"] == 30
