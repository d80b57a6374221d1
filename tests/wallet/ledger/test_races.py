"""Two who decide about one customer's money at the same time, on real connections.

Each twin is the same code with the guard taken out, and shows what the guard prevents.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, transaction

from accounts.models import User
from tests.databases import TestDatabase
from tests.races import at_once
from tests.waiting import wait_until
from tests.wallet.ledger.acts import (
    accounts,
    deposit,
    dispute_of,
    hold,
    holdings,
    lots,
    order,
    settle_debt,
    take_back,
)
from wallet import ledger
from wallet.lots.fold import BrokenHistory

HOLD_SQL = Path(ledger.__file__).parents[1] / "sql" / "hold.sql"


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], object]) -> Future[object]:
    def alone() -> object:
        with closing(connection), transaction.atomic():
            return act()

    return pool.submit(alone)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def hold_what_is_left_while_an_order_comes(user: User, guard: Callable[[int], None]) -> None:
    """A withdrawal of deposit 1 is decided on the lots; an order of 10.00 comes in between."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            guard(user.pk)
            left = {root: dollars for root, _kind, dollars in lots(user)}["deposit:1"]
            placed = in_thread(pool, lambda: order(user, 1, 10))
            wait_until(lambda: placed.done() or somebody_waits_for_a_lock())
            hold(user, "payout:1", 1, cash=left)
        placed.result(timeout=30)


@pytest.fixture
def two_deposits(fresh_db: TestDatabase, alice: User) -> User:
    deposit(alice, 1, 10)
    deposit(alice, 2, 10)
    return alice


def test_an_order_waits_for_a_withdrawal_that_is_being_decided(two_deposits: User) -> None:
    hold_what_is_left_while_an_order_comes(two_deposits, ledger.lock)
    assert holdings(two_deposits).deposit("deposit:1").amount_micros == 10_000_000
    assert accounts(two_deposits)["cash_hold"] == 10
    assert lots(two_deposits) == []


def test_without_the_mutex_the_withdrawal_holds_money_that_is_spent(two_deposits: User) -> None:
    hold_what_is_left_while_an_order_comes(two_deposits, lambda _customer_id: None)
    with pytest.raises(BrokenHistory):
        holdings(two_deposits)


def try_to_order(user: User, number: int) -> bool:
    try:
        with transaction.atomic():
            order(user, number, 1)
    except (ledger.InDebt, ledger.InsufficientFunds):
        return False
    finally:
        connection.close()
    return True


def orders_while_the_debt_is_settled(user: User) -> int:
    """5.00 come in for somebody who owes 5.00, and 20 orders are tried until the sweep has run and
    while it runs; returns how many were taken."""
    take_back(dispute_of(user, 1, 1), 25)
    deposit(user, 3, 5)
    with ThreadPoolExecutor(8) as pool:
        early = list(pool.map(lambda number: try_to_order(user, number), range(10)))
        swept = in_thread(pool, lambda: settle_debt(user))
        late = list(pool.map(lambda number: try_to_order(user, number), range(10, 20)))
        swept.result(timeout=30)
    return sum(early) + sum(late)


def test_no_order_takes_the_money_that_is_owed(two_deposits: User) -> None:
    assert orders_while_the_debt_is_settled(two_deposits) == 0
    assert accounts(two_deposits) == {}


def test_without_the_look_at_the_debt_orders_take_it(two_deposits: User) -> None:
    shipped = HOLD_SQL.read_text(encoding="utf-8").replace("CREATE F", "CREATE OR REPLACE F")
    assert shipped.count("AND balance_micros > 0") == 1
    with connection.cursor() as cursor:
        cursor.execute(shipped.replace("AND balance_micros > 0", "AND false"))
    assert orders_while_the_debt_is_settled(two_deposits) > 0
    assert accounts(two_deposits)["debt"] < 0


def settle_alone(user: User) -> float:
    with transaction.atomic():
        return settle_debt(user)


def test_two_sweeps_at_once_pay_a_debt_once(two_deposits: User) -> None:
    take_back(dispute_of(two_deposits, 1, 1), 25)
    deposit(two_deposits, 3, 8)
    paid = at_once(8, lambda: settle_alone(two_deposits))
    assert sorted(paid, key=str) == [0] * 7 + [5]
    assert accounts(two_deposits)["cash"] == 3
