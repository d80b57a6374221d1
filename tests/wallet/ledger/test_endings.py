"""The end of money: cancelled, expired, forfeited, and what can be undone of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import User
from tests.wallet.histories import expires_after
from tests.wallet.ledger.acts import AT, USD, accounts, deposit, grant, holdings, lots, unsound
from wallet import ledger
from wallet.balances import balances_of
from wallet.lots.fold import BrokenHistory
from wallet.lots.movements import Bucket

pytestmark = pytest.mark.django_db


def cancel(user: User, dollars: float) -> None:
    ledger.cancel_bonus(
        customer_id=user.pk,
        amount_micros=round(dollars * USD),
        reference="dispute:1",
        deposit="deposit:1",
        at=AT,
    )


def give_bonus_back(user: User) -> None:
    ledger.return_bonus(customer_id=user.pk, reference="dispute:1", deposit="deposit:1", at=AT)


@pytest.fixture
def gifted(alice: User) -> User:
    deposit(alice, 1, 50)
    grant(alice, 1, 10, tied_to=1)
    grant(alice, 2, 3)
    return alice


def test_a_bonus_is_cancelled_up_to_a_sum_and_never_twice(gifted: User) -> None:
    for dollars in (4, 4, 10, 10, 5):
        cancel(gifted, dollars)
    assert accounts(gifted)["bonus"] == 3
    assert ("bonus:2", "bonus", 3) in lots(gifted)


def test_cancelled_bonus_returns_once_and_can_be_cancelled_again(gifted: User) -> None:
    for _turn in range(2):
        cancel(gifted, 10)
        give_bonus_back(gifted)
        give_bonus_back(gifted)
        assert accounts(gifted)["bonus"] == 13
    cancel(gifted, 6)
    assert accounts(gifted)["bonus"] == 7
    assert unsound() == []


def test_a_bonus_that_was_never_cancelled_does_not_return(gifted: User) -> None:
    give_bonus_back(gifted)
    assert accounts(gifted)["bonus"] == 13


def expire(user: User, dollars: float, *, after_id: int = 1, bucket: str = "cash") -> None:
    ledger.expire(
        customer_id=user.pk,
        bucket=bucket,
        amount_micros=round(dollars * USD),
        root="deposit:1",
        after_id=after_id,
        at=AT + timedelta(days=365),
    )


def test_expired_cash_is_breakage_and_expired_bonus_goes_back_to_promotion(gifted: User) -> None:
    expire(gifted, 50)
    expire(gifted, 10, bucket="bonus")
    assert accounts(gifted) == {
        "bonus": 3,
        "breakage": 50,
        "gateway_clearing": -50,
        "promotion": -3,
    }
    assert unsound() == []


def test_one_look_at_the_lots_expires_them_once(gifted: User) -> None:
    for _again in range(2):
        expire(gifted, 20)
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        expire(gifted, 21)
    expire(gifted, 30, after_id=2)
    assert "cash" not in accounts(gifted)


def test_money_whose_time_is_not_over_does_not_expire(gifted: User) -> None:
    expire(gifted, 20)
    with pytest.raises(BrokenHistory, match="more than there are"):
        holdings(gifted, expires_after(13))
    assert holdings(gifted, expires_after(12)).spendable_micros(Bucket.CASH) == 30 * USD


def forfeit(user: User, reference: str = "decision:1") -> tuple[float, float]:
    cash, bonus = ledger.forfeit(customer_id=user.pk, reference=reference, at=AT)
    return cash / USD, bonus / USD


def undo(user: User, reference: str = "decision:1") -> tuple[float, float]:
    cash, bonus = ledger.return_forfeiture(customer_id=user.pk, reference=reference, at=AT)
    return cash / USD, bonus / USD


def test_a_forfeiture_takes_cash_and_bonus_and_leaves_what_comes_later(gifted: User) -> None:
    assert forfeit(gifted) == (50, 13)
    assert accounts(gifted) == {"forfeiture": 50, "gateway_clearing": -50}
    deposit(gifted, 2, 8)
    assert forfeit(gifted) == (50, 13)
    assert accounts(gifted)["cash"] == 8


def test_a_forfeiture_is_undone_once_to_the_lots_it_took(gifted: User) -> None:
    before = lots(gifted)
    for _turn in range(2):
        forfeit(gifted)
        assert [undo(gifted) for _again in range(2)] == [(50, 13), (0, 0)]
        assert lots(gifted) == before
    assert unsound() == []


def test_a_forfeiture_is_undone_to_the_micro(alice: User) -> None:
    """FRD-02."""
    deposit(alice, 1, 50.000001)
    grant(alice, 1, 10.000003)
    before = balances_of(customer_id=alice.pk)
    assert (before.cash_micros, before.bonus_micros) == (50_000_001, 10_000_003)
    forfeit(alice)
    undo(alice)
    assert balances_of(customer_id=alice.pk) == before


def test_nobody_gets_what_was_forfeited_by_another(gifted: User, bob: User) -> None:
    forfeit(gifted)
    assert undo(bob) == (0, 0)
    assert "cash" not in accounts(bob)


def test_a_forfeiture_of_nothing_moves_nothing(bob: User) -> None:
    assert forfeit(bob, "decision:2") == (0, 0)
    assert accounts(bob) == {}
