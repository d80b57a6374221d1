"""One payment, told fifty times at once, is one credit. The twins take the guards away one by one:
looking at the state first saves nobody."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from accounts.models import OutboundMail, User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.wallet.payments import opened, pay
from wallet import deposits, ledger, verification
from wallet.balances import balances_of
from wallet.models import Deposit

TIMES = 50


def tell(deposit: Deposit) -> int:
    """The same payment TIMES times at once; returns what the customer then has."""

    def once(_number: int) -> None:
        try:
            pay(deposit, payment_id="pay_1")
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        list(pool.map(once, range(TIMES)))
    return balances_of(customer_id=deposit.customer_id).cash_micros


def test_fifty_deliveries_at_once_credit_once(fresh_db: TestDatabase, alice: User) -> None:
    assert tell(opened(alice)) == 25 * MICROS
    assert OutboundMail.objects.count() == 1
    assert [finding for finding in verification.verify() if not finding.is_ok] == []


@pytest.fixture
def no_row_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has read the deposit as unpaid before anybody writes."""
    all_have_looked = threading.Barrier(TIMES)

    def look(deposit_id: int) -> Deposit:
        found = Deposit.objects.get(pk=deposit_id)
        all_have_looked.wait(timeout=30)
        return found

    monkeypatch.setattr(deposits, "_locked", look)


def test_without_the_row_lock_the_ledgers_key_still_credits_once(
    fresh_db: TestDatabase, alice: User, no_row_lock: None
) -> None:
    assert tell(opened(alice)) == 25 * MICROS


def test_without_the_key_too_every_delivery_credits(
    fresh_db: TestDatabase, alice: User, no_row_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def credit(deposit: Deposit, *, payment_id: str, amount_micros: int, at: datetime) -> None:
        ledger.adjust(
            customer_id=deposit.customer_id,
            amount_micros=amount_micros,
            reference=f"naive:{uuid.uuid4()}",
            at=at,
        )

    monkeypatch.setattr(deposits, "_credit", credit)
    assert tell(opened(alice)) == TIMES * 25 * MICROS
