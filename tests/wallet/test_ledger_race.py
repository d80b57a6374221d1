"""200 orders of 1.00 at once on 50.00: exactly 50 are taken, and the books stay clean.

The twin takes the locks and the CHECK away and shows the overspend that they prevent.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS, fund
from wallet import ledger, verification
from wallet.balances import balances_of

LEDGER_SQL = Path(ledger.__file__).parents[1] / "sql" / "hold.sql"
TRIES = 200
WORKERS = 16


def race(act: Callable[[int], bool]) -> int:
    """Runs the act TRIES times on WORKERS threads; returns how often it succeeded."""

    def attempt(number: int) -> bool:
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(attempt, range(TRIES)))


def hold(user: User, number: int) -> bool:
    try:
        with transaction.atomic():
            ledger.hold_for_order(
                customer_id=user.pk,
                charge_micros=MICROS,
                reference=f"order:{number}",
                at=timezone.now(),
            )
    except ledger.InsufficientFunds:
        return False
    return True


def remove_guards() -> None:
    """The shipped `ledger_hold` without its row locks, on a table that lets balances fall below
    zero: the same path as ever, two guards less."""
    _before, create, body = LEDGER_SQL.read_text(encoding="utf-8").partition(
        "CREATE FUNCTION ledger_hold"
    )
    assert create
    assert body.count(" FOR UPDATE") == 2
    with connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE FUNCTION ledger_hold" + body.replace(" FOR UPDATE", ""))
        cursor.execute(
            "ALTER TABLE wallet_account DROP CONSTRAINT wallet_account_balance_not_negative"
        )


@pytest.fixture
def rich_alice(fresh_db: TestDatabase, alice: User) -> User:
    fund(alice, 50 * MICROS)
    return alice


def test_two_hundred_orders_at_once_never_overspend(rich_alice: User) -> None:
    taken = race(lambda number: hold(rich_alice, number))
    assert taken == 50
    assert balances_of(customer_id=rich_alice.pk).cash_micros == 0
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == [
        "no money was taken for an order that does not exist"  # this race makes none on purpose
    ]


def test_the_same_race_without_the_guards_overspends(rich_alice: User) -> None:
    remove_guards()
    taken = race(lambda number: hold(rich_alice, number))
    assert taken > 50
    assert balances_of(customer_id=rich_alice.pk).cash_micros == (50 - taken) * MICROS
