"""Money that goes back where it came from, and what comes back of it."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.wallet.ledger.acts import (
    USD,
    accounts,
    deposit,
    grant,
    hold,
    holdings,
    lots,
    order,
    pay_out,
    release,
    return_payout,
    unsound,
)
from wallet import ledger
from wallet.models import Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(alice: User) -> User:
    """50.00 topped up with a bonus of 5.00, 10.00 spent, 40.00 and the bonus on hold."""
    deposit(alice, 1, 50)
    grant(alice, 1, 5, tied_to=1)
    order(alice, 1, 10)
    hold(alice, "payout:1", 1, cash=40, bonus=5)
    return alice


def test_a_payout_leaves_less_the_fee_and_cancels_the_bonus(asked: User) -> None:
    assert pay_out(asked, "payout:1", 1, fee=1.75) == 38_250_000
    assert accounts(asked) == {
        "gateway_clearing": -11.75,
        "escrow": 10,
        "fees_recovered": 1.75,
    }
    assert holdings(asked).deposit("deposit:1").paid_out_micros == 40 * USD
    assert unsound() == []


def test_a_spent_bonus_is_deducted_from_the_payout(asked: User) -> None:
    assert pay_out(asked, "payout:1", 1, fee=1, clawback=2) == 37 * USD
    table = accounts(asked)
    assert (table["gateway_clearing"], table["promotion"]) == (-13, 2)
    assert holdings(asked).deposit("deposit:1").paid_out_micros == 40 * USD


def test_a_payout_is_booked_once_however_often_it_is_asked(asked: User) -> None:
    nets = [pay_out(asked, "payout:1", 1, fee=1.75) for _again in range(3)]
    assert nets == [38_250_000] * 3
    assert Transfer.objects.filter(reference="payout:1", kind="withdrawal").count() == 1


def test_a_released_payout_is_not_paid(asked: User) -> None:
    release(asked, "payout:1", 1)
    with pytest.raises(ledger.NothingToMove):
        pay_out(asked, "payout:1", 1)


@pytest.mark.parametrize(("fee", "clawback"), [(40, 0), (0, 40), (30, 10), (41, 0)])
def test_a_payout_of_nothing_after_deductions_is_refused(
    asked: User, fee: float, clawback: float
) -> None:
    with pytest.raises(ledger.NothingToMove):
        pay_out(asked, "payout:1", 1, fee=fee, clawback=clawback)
    assert accounts(asked)["cash_hold"] == 40


def test_a_failed_payout_comes_back_once_with_fee_deduction_and_bonus(asked: User) -> None:
    pay_out(asked, "payout:1", 1, fee=1.75, clawback=2)
    for _again in range(2):
        return_payout(asked, "payout:1", 1)
    assert accounts(asked) == {
        "cash": 40,
        "bonus": 5,
        "escrow": 10,
        "gateway_clearing": -50,
        "promotion": -5,
    }
    kinds = {(root, kind) for root, kind, _dollars in lots(asked)}
    assert kinds == {("deposit:1", "refund_return"), ("deposit:1", "bonus")}
    assert holdings(asked).deposit("deposit:1").paid_out_micros == 0
    assert unsound() == []


def test_the_return_of_a_payout_that_was_never_sent_moves_nothing(asked: User) -> None:
    return_payout(asked, "payout:1", 1)
    assert accounts(asked)["cash_hold"] == 40
