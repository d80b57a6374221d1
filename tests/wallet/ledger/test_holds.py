"""Money on hold: a target for each cause and top-up."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.models import User
from tests.wallet.ledger.acts import (
    accounts,
    deposit,
    grant,
    hold,
    holdings,
    lots,
    order,
    release,
    unsound,
)
from wallet import ledger
from wallet.lots.fold import BrokenHistory
from wallet.models import Transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def funded(alice: User) -> User:
    deposit(alice, 1, 50)
    grant(alice, 1, 10, tied_to=1)
    return alice


def test_what_is_on_hold_cannot_be_spent(funded: User) -> None:
    hold(funded, "payout:1", 1, cash=40, bonus=10)
    with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
        order(funded, 1, 10.01)
    order(funded, 1, 10)
    assert accounts(funded)["cash_hold"] == 40
    assert accounts(funded)["bonus_hold"] == 10
    assert unsound() == []


def test_a_repeated_hold_moves_nothing_and_a_higher_one_the_difference(funded: User) -> None:
    for cash, bonus in ((20, 0), (20, 0), (10, 0), (30, 5), (30, 5)):
        hold(funded, "payout:1", 1, cash=cash, bonus=bonus)
    assert ledger.on_hold("payout:1") == ledger.OnHold(30_000_000, 5_000_000, 3)
    assert Transfer.objects.filter(reference="payout:1").count() == 3


def test_a_release_gives_everything_back_to_its_lots_once(funded: User) -> None:
    before = lots(funded)
    hold(funded, "payout:1", 1, cash=40, bonus=10)
    release(funded, "payout:1", 1)
    release(funded, "payout:1", 1)
    assert lots(funded) == before
    assert Transfer.objects.filter(reference="payout:1").count() == 4


def test_what_was_released_can_be_held_again(funded: User) -> None:
    for _turn in range(3):
        hold(funded, "dispute:1", 1, cash=50)
        release(funded, "dispute:1", 1)
    hold(funded, "dispute:1", 1, cash=7)
    assert accounts(funded)["cash_hold"] == 7
    assert unsound() == []


def test_two_causes_hold_apart_from_each_other(funded: User) -> None:
    hold(funded, "payout:1", 1, cash=20)
    hold(funded, "warning:1", 1, cash=30, bonus=10)
    release(funded, "payout:1", 1)
    assert ledger.on_hold("warning:1").cash_micros == 30_000_000
    assert accounts(funded)["cash"] == 20


def test_a_hold_of_more_than_there_is_is_refused_whole(funded: User) -> None:
    with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
        hold(funded, "payout:1", 1, cash=50, bonus=11)
    assert ledger.on_hold("payout:1") == ledger.OnHold()


def test_a_hold_on_money_of_another_top_up_shows_in_the_lots(funded: User) -> None:
    """Who holds reads the lots before; one that does not is found by `verify_ledger`."""
    deposit(funded, 2, 5)
    hold(funded, "payout:1", 2, cash=6)
    with pytest.raises(BrokenHistory, match="more than there are"):
        holdings(funded)
