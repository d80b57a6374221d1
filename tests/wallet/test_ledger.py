"""The verbs, as an accountant would write them on T-accounts. Amounts in dollars here (WAL-07)."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from wallet import ledger
from wallet.balances import balances_of
from wallet.models import Account, Transfer

pytestmark = pytest.mark.django_db
USD = 1_000_000


def house(kind: str) -> int:
    """The balance of a house account, summed from its transfers, in micros."""
    account = Account.objects.get(owner=None, kind=kind)
    received = sum(account.credits.values_list("amount_micros", flat=True))
    return received - sum(account.debits.values_list("amount_micros", flat=True))


def deposit(user: User, dollars: int, number: int, now: datetime) -> None:
    ledger.deposit(
        customer_id=user.pk,
        gateway="demo",
        amount_micros=dollars * USD,
        reference=f"deposit:{number}",
        at=now,
    )


def test_an_order_from_deposit_to_partial_refund_and_revenue(alice: User, now: datetime) -> None:
    deposit(alice, 50, 1, now)
    ledger.hold_for_order(customer_id=alice.pk, charge_micros=10 * USD, reference="order:1", at=now)
    assert balances_of(customer_id=alice.pk).cash_micros == 40 * USD
    assert house("escrow") == 10 * USD

    ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=3 * USD, at=now)
    ledger.settle(reference="order:1", at=now)
    assert balances_of(customer_id=alice.pk).cash_micros == 43 * USD
    assert house("escrow") == 0
    assert house("revenue") == 7 * USD
    assert house("gateway_clearing") == -50 * USD


def test_a_refund_is_a_target_that_repeats_without_effect(alice: User, now: datetime) -> None:
    deposit(alice, 10, 1, now)
    ledger.hold_for_order(customer_id=alice.pk, charge_micros=10 * USD, reference="order:1", at=now)
    moved = [
        ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=due * USD, at=now)
        for due in (4, 4, 2, 6, 10, 10)
    ]
    assert moved == [4 * USD, 0, 0, 2 * USD, 4 * USD, 0]
    assert balances_of(customer_id=alice.pk).cash_micros == 10 * USD


def test_more_than_the_charge_never_comes_back(alice: User, now: datetime) -> None:
    deposit(alice, 10, 1, now)
    ledger.hold_for_order(customer_id=alice.pk, charge_micros=5 * USD, reference="order:1", at=now)
    with pytest.raises(ledger.RefundExceedsCharge):
        ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=5 * USD + 1, at=now)


def test_a_late_shortfall_takes_back_revenue_before_it_refunds(alice: User, now: datetime) -> None:
    deposit(alice, 10, 1, now)
    ledger.hold_for_order(customer_id=alice.pk, charge_micros=10 * USD, reference="order:1", at=now)
    ledger.settle(reference="order:1", at=now)
    assert house("revenue") == 10 * USD

    ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=4 * USD, at=now)
    ledger.settle(reference="order:1", at=now)
    ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=9 * USD, at=now)
    assert house("revenue") == 1 * USD
    assert house("escrow") == 0
    assert balances_of(customer_id=alice.pk).cash_micros == 9 * USD


def test_cash_is_spent_first_and_what_was_taken_last_returns_first(
    alice: User, now: datetime
) -> None:
    deposit(alice, 6, 1, now)
    ledger.grant_bonus(customer_id=alice.pk, amount_micros=5 * USD, reference="bonus:1", at=now)
    ledger.hold_for_order(customer_id=alice.pk, charge_micros=8 * USD, reference="order:1", at=now)
    assert balances_of(customer_id=alice.pk).bonus_micros == 3 * USD

    ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=3 * USD, at=now)
    after = balances_of(customer_id=alice.pk)
    assert (after.cash_micros, after.bonus_micros) == (1 * USD, 5 * USD)
    ledger.refund(customer_id=alice.pk, reference="order:1", due_micros=8 * USD, at=now)
    after = balances_of(customer_id=alice.pk)
    assert (after.cash_micros, after.bonus_micros) == (6 * USD, 5 * USD)


def test_a_charge_is_taken_whole_or_not_at_all(alice: User, now: datetime) -> None:
    deposit(alice, 6, 1, now)
    ledger.grant_bonus(customer_id=alice.pk, amount_micros=1, reference="bonus:1", at=now)
    with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
        ledger.hold_for_order(
            customer_id=alice.pk, charge_micros=6 * USD + 2, reference="order:1", at=now
        )
    assert balances_of(customer_id=alice.pk).spendable_micros == 6 * USD + 1
    assert not Transfer.objects.filter(reference="order:1").exists()


def test_the_same_key_with_the_same_content_moves_nothing(alice: User, now: datetime) -> None:
    deposit(alice, 6, 1, now)
    deposit(alice, 6, 1, now)
    assert balances_of(customer_id=alice.pk).cash_micros == 6 * USD
    assert Transfer.objects.count() == 1


def test_the_same_key_with_other_content_is_an_error(alice: User, now: datetime) -> None:
    deposit(alice, 6, 1, now)
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        deposit(alice, 7, 1, now)
    assert balances_of(customer_id=alice.pk).cash_micros == 6 * USD


def test_an_adjustment_adds_or_takes_but_never_below_zero(alice: User, now: datetime) -> None:
    def adjust(amount_micros: int, reference: str) -> None:
        ledger.adjust(
            customer_id=alice.pk, amount_micros=amount_micros, reference=reference, at=now
        )

    adjust(5 * USD, "adjustment:1")
    adjust(-2 * USD, "adjustment:2")
    with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
        adjust(-4 * USD, "adjustment:3")
    assert balances_of(customer_id=alice.pk).cash_micros == 3 * USD
    assert house("adjustment") == -3 * USD


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallet_transfer SET amount_micros = 1",
        "DELETE FROM wallet_transfer",
        "TRUNCATE wallet_transfer CASCADE",
        "UPDATE wallet_account SET balance_micros = 1000 WHERE kind = 'cash'",
        "UPDATE wallet_account SET kind = 'bonus' WHERE kind = 'cash'",
        "DELETE FROM wallet_account",
        "TRUNCATE wallet_account CASCADE",
        "INSERT INTO wallet_account (owner_id, kind, label, balance_micros) SELECT id, 'bonus', '', 5 FROM accounts_user",  # noqa: E501
    ],
)
def test_nobody_rewrites_the_books(alice: User, now: datetime, statement: str) -> None:
    deposit(alice, 6, 1, now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert balances_of(customer_id=alice.pk).cash_micros == 6 * USD


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_moves_more_than_nothing(alice: User, now: datetime, amount: int) -> None:
    with pytest.raises(ledger.NothingToMove):
        ledger.grant_bonus(customer_id=alice.pk, amount_micros=amount, reference="bonus:1", at=now)
    with pytest.raises(ledger.NothingToMove):
        deposit(alice, amount, 1, now)
    assert not Transfer.objects.exists()


def test_an_adjustment_of_nothing_is_refused(alice: User, now: datetime) -> None:
    with pytest.raises(ledger.NothingToMove, match="adjustment:1"):
        ledger.adjust(customer_id=alice.pk, amount_micros=0, reference="adjustment:1", at=now)
    assert not Transfer.objects.exists()


def test_an_account_of_a_misspelt_kind_is_not_opened(alice: User) -> None:
    with (
        pytest.raises(IntegrityError, match="wallet_account_kind_known"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT ledger_account(NULL, 'escrwo')")
    assert not Account.objects.filter(kind="escrwo").exists()
