"""200 orders of 1.00 at once on 50.00: exactly 50 are taken, and the books stay clean.

The twin takes the guards away one by one and shows the overspend that they prevent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from tests.databases import TestDatabase
from tests.factories import MICROS, fund
from wallet import ledger, verification
from wallet.balances import balances_of
from wallet.models import Account

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


def naive_hold(user: User, number: int) -> bool:
    """What the panels do that lose money: look, then take, with nothing in between."""
    cash = Account.objects.get(owner=user, kind="cash")
    if cash.balance_micros < MICROS:
        return False
    cash.balance_micros -= MICROS
    cash.save(update_fields=["balance_micros"])
    return True


@contextmanager
def unguarded() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wallet_account DISABLE TRIGGER wallet_account_guard")
    yield


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


def test_the_same_race_without_the_guard_overspends(rich_alice: User) -> None:
    with unguarded():
        taken = race(lambda number: naive_hold(rich_alice, number))
    spent_micros = 50 * MICROS - balances_of(customer_id=rich_alice.pk).cash_micros
    assert taken * MICROS > spent_micros
