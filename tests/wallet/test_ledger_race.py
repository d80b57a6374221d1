"""200 orders of 1.00 at once on 50.00: exactly 50 are taken, and the books stay clean.

The twin takes the locks and the CHECK away and shows the overspend that they prevent.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS, fund
from tests.races import LIMIT_SECONDS, all_at_once, at_once
from tests.waiting import wait_until
from wallet import ledger, verification
from wallet.balances import balances_of

LEDGER_SQL = Path(ledger.__file__).parents[1] / "sql" / "hold.sql"
TRIES = 200
WORKERS = 16
GATE = 1  # the number of an advisory lock
# What comes after all that is read and before anything is written.
WRITES = "from_bonus := CASE"


def hold(user: User, number: int, *, dollars: int = 1) -> bool:
    try:
        with transaction.atomic():
            ledger.hold_for_order(
                customer_id=user.pk,
                charge_micros=dollars * MICROS,
                reference=f"order:{number}",
                at=timezone.now(),
            )
    except ledger.InsufficientFunds:
        return False
    return True


def remove_guards() -> None:
    """The shipped `ledger_hold` without its row locks, on a table that lets balances fall below
    zero: the same path as ever, two guards less, and a gate behind what it reads."""
    _before, create, body = LEDGER_SQL.read_text(encoding="utf-8").partition(
        "CREATE FUNCTION ledger_hold"
    )
    assert create
    assert body.count(" FOR UPDATE") == 2
    assert body.count(WRITES) == 1
    unguarded = body.replace(" FOR UPDATE", "")
    gated = unguarded.replace(WRITES, f"PERFORM pg_advisory_xact_lock_shared({GATE}); {WRITES}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_account(NULL, 'escrow')")  # or all wait for who makes it
        cursor.execute("CREATE OR REPLACE FUNCTION ledger_hold" + gated)
        cursor.execute(
            "ALTER TABLE wallet_account DROP CONSTRAINT wallet_account_balance_not_negative"
        )


@pytest.fixture
def rich_alice(fresh_db: TestDatabase, alice: User) -> User:
    fund(alice, 50 * MICROS)
    return alice


def test_two_hundred_orders_at_once_never_overspend(rich_alice: User) -> None:
    numbers = iter(range(TRIES))
    taken = at_once(WORKERS, lambda: sum(hold(rich_alice, number) for number in numbers))
    assert sum(taken) == 50
    assert balances_of(customer_id=rich_alice.pk).cash_micros == 0
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == [
        "no money was taken for an order that does not exist"  # this race makes none on purpose
    ]


def through_the_gate(act: Callable[[], bool]) -> int:
    """WORKERS do it, all of whom have read before anybody writes; returns how many succeeded."""
    is_shut = Event()

    def keep_the_gate() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
            is_shut.set()
            wait_until(lambda: waiting_at_the_gate() == WORKERS)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        return False

    def come() -> bool:
        return is_shut.wait(LIMIT_SECONDS) and act()

    return sum(all_at_once(keep_the_gate, *[come] * WORKERS))


def waiting_at_the_gate() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
            [GATE],
        )
        return int(cursor.fetchone()[0])


def test_the_same_race_without_the_guards_overspends(rich_alice: User) -> None:
    remove_guards()
    numbers = iter(range(WORKERS))
    taken = through_the_gate(lambda: hold(rich_alice, next(numbers), dollars=50))
    assert taken == WORKERS
    assert balances_of(customer_id=rich_alice.pk).cash_micros == 50 * (1 - WORKERS) * MICROS
