"""One payment, told fifty times at once, is one credit. The twins take the guards away one by one:
looking at the state first saves nobody."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from accounts.models import OutboundMail, User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.races import Gate, at_once
from tests.wallet.payments import opened, pay
from wallet import ledger, verification
from wallet.balances import balances_of
from wallet.currencies import MICROS_PER_CENT
from wallet.gateways.base import Payment
from wallet.models import Deposit
from wallet.topups import crediting

TIMES = 50


def tell(deposit: Deposit) -> int:
    """The same payment TIMES times at once; returns what the customer then has."""
    at_once(TIMES, lambda: pay(deposit, payment_id="pay_1"))
    return balances_of(customer_id=deposit.customer_id).cash_micros


def test_fifty_deliveries_at_once_credit_once(fresh_db: TestDatabase, alice: User) -> None:
    assert tell(opened(alice)) == 25 * MICROS
    assert OutboundMail.objects.count() == 1
    assert [finding for finding in verification.verify() if not finding.is_ok] == []


@pytest.fixture
def no_row_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has read the deposit as unpaid before anybody writes."""

    def look(payment: Payment, *, gateway: str) -> Deposit:
        return Deposit.objects.get(pk=payment.deposit_id or 0, gateway=gateway)

    monkeypatch.setattr(crediting, "_locked", Gate(TIMES).after(look))


def test_without_the_row_lock_the_ledgers_key_still_credits_once(
    fresh_db: TestDatabase, alice: User, no_row_lock: None
) -> None:
    assert tell(opened(alice)) == 25 * MICROS


def test_without_the_key_too_every_delivery_credits(
    fresh_db: TestDatabase, alice: User, no_row_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def credit(deposit: Deposit, payment: Payment, *, at: datetime) -> None:
        deposit.state, deposit.credited_at = Deposit.State.PAID, at
        ledger.adjust(
            customer_id=deposit.customer_id,
            amount_micros=payment.received_coins * MICROS_PER_CENT,
            reference=f"naive:{uuid.uuid4()}",
            at=at,
        )

    monkeypatch.setattr(crediting, "_credit", credit)
    assert tell(opened(alice)) == TIMES * 25 * MICROS
