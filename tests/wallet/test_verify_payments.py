"""The proofs about payments are proved: each invariant is broken in turn, and found by its name."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.payments import paid
from tests.wallet.test_verify_ledger import broken, corrupt, verify
from wallet import ledger
from wallet.ledger import Cause
from wallet.lots.reading import read_holdings
from wallet.models import (
    Deposit,
    Dispute,
    ForeignRefund,
    FraudWarning,
    LotSnapshot,
    Payout,
    TransferKind,
    Withdrawal,
)

pytestmark = pytest.mark.django_db

ON_HOLD = "what is on hold waits for something that is open"
WAITING = "a payout that waits has its money on hold"
PAID_BACK = "what was paid back is what the payouts say"
REFUNDED = "what was refunded at a gateway has left the books"
TAKEN = "what a dispute took is what its row says"
OWED = "debt belongs to a reversed payment, and none of it is paid twice"
FEE = "the fee of a top-up is booked as its gateway told it"
LOTS = "the lots of a customer are the balances"


def hold(reference: str, deposit: Deposit, dollars: int, at: datetime) -> None:
    ledger.hold(
        customer_id=deposit.customer_id,
        reference=reference,
        deposit=deposit.reference,
        cash_micros=dollars * MICROS,
        bonus_micros=0,
        at=at,
    )


def payout(deposit: Deposit, dollars: int, at: datetime) -> Payout:
    withdrawal = Withdrawal.objects.create(
        customer=deposit.customer,
        amount_micros=dollars * MICROS,
        idempotency_key=f"press-{dollars}",
        due_at=at,
    )
    asked = Payout.objects.create(
        withdrawal=withdrawal, deposit=deposit, amount_micros=dollars * MICROS
    )
    hold(asked.reference, deposit, dollars, at)
    return asked


def cause(row: Dispute | ForeignRefund, kind: TransferKind) -> Cause:
    deposit = row.deposit
    return Cause(deposit.customer_id, deposit.gateway, row.reference, deposit.reference, kind)


@pytest.fixture
def busy(alice: User, now: datetime) -> User:
    """A payout that waits and one that was sent, a warning, a refund at the gateway, and a dispute
    that left debt."""
    first, second = paid(alice, 50 * MICROS), paid(alice, 30 * MICROS)
    payout(first, 20, now)
    sent = payout(first, 10, now)
    ledger.pay_out(
        customer_id=alice.pk,
        gateway=first.gateway,
        reference=sent.reference,
        deposit=first.reference,
        fee_micros=0,
        clawback_micros=0,
        at=now,
    )
    Payout.objects.filter(pk=sent.pk).update(state=Payout.State.SENT)
    warning = FraudWarning.objects.create(
        gateway="demo", warning_id="w", deposit=first, is_actionable=True
    )
    hold(warning.reference, first, 5, now)
    refund = ForeignRefund.objects.create(
        gateway="demo", refund_id="r", deposit=first, amount_micros=5 * MICROS, state="sent"
    )
    ledger.take_back(cause=cause(refund, TransferKind.WITHDRAWAL), amount_micros=5 * MICROS, at=now)
    ledger.hold_for_order(
        customer_id=alice.pk, charge_micros=15 * MICROS, reference="parcel:1", at=now
    )
    dispute = Dispute.objects.create(
        gateway="demo",
        dispute_id="d",
        deposit=second,
        state=Dispute.State.FORMAL,
        amount_micros=30 * MICROS,
        taken_micros=30 * MICROS,
    )
    ledger.take_back(cause=cause(dispute, TransferKind.DISPUTE), amount_micros=30 * MICROS, at=now)
    return alice


def test_honest_payments_are_clean(busy: User) -> None:
    code, report = verify()
    assert (code, broken(report)) == (0, set())


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE wallet_fraudwarning SET resolved_at = now()", ON_HOLD),
        ("UPDATE wallet_payout SET state = 'released' WHERE state = 'held'", ON_HOLD),
        ("UPDATE wallet_payout SET amount_micros = 1 WHERE state = 'held'", WAITING),
        ("UPDATE wallet_payout SET bonus_micros = 1 WHERE state = 'held'", WAITING),
        ("UPDATE wallet_payout SET state = 'approved' WHERE state = 'sent'", WAITING),
        ("UPDATE wallet_payout SET state = 'failed' WHERE state = 'sent'", PAID_BACK),
        ("UPDATE wallet_payout SET amount_micros = 1 WHERE state = 'sent'", PAID_BACK),
        (("UPDATE wallet_transfer SET reference = 'payout:0' WHERE kind = 'withdrawal'"
         " AND reference LIKE 'payout:%'"), PAID_BACK),
        ("UPDATE wallet_foreignrefund SET state = 'failed'", REFUNDED),
        ("DELETE FROM wallet_foreignrefund", REFUNDED),
        ("UPDATE wallet_dispute SET taken_micros = 0", TAKEN),
        ("DELETE FROM wallet_dispute", TAKEN),
        ("DELETE FROM wallet_dispute", OWED),
        (("UPDATE wallet_transfer SET reference = 'dispute:0' WHERE kind = 'dispute'"
         " AND key LIKE '%:debt:%'"), OWED),
        ("UPDATE wallet_deposit SET fee_micros = 7 WHERE id = (SELECT min(id) FROM wallet_deposit)",
         FEE),
        ("UPDATE wallet_transfer SET origin = 'deposit:0' WHERE kind = 'withdrawal'", LOTS),
        (("UPDATE wallet_transfer SET reference = 'payout:0' WHERE kind = 'withdrawal'"
         " AND reference LIKE 'payout:%'"), LOTS),
        ("UPDATE wallet_account SET balance_micros = balance_micros + 1 WHERE kind = 'cash_hold'",
         LOTS),
    ],
)  # fmt: skip
def test_each_broken_invariant_is_found(busy: User, statement: str, invariant: str) -> None:
    corrupt(statement)
    code, report = verify()
    assert code == 1
    assert invariant in broken(report)


def test_a_snapshot_that_somebody_changed_is_found(busy: User) -> None:
    holdings = read_holdings(customer_id=busy.pk)
    LotSnapshot.objects.create(customer=busy, last_id=holdings.last_id, state=holdings.to_json())
    assert verify()[0] == 0
    state = json.loads(holdings.to_json()) | {"debt_micros": 0}
    LotSnapshot.objects.update(state=json.dumps(state))
    assert broken(verify()[1]) == {LOTS}


def test_a_snapshot_of_another_version_counts_for_nothing(busy: User) -> None:
    LotSnapshot.objects.create(customer=busy, last_id=10**9, state='{"version": 0}')
    assert verify()[0] == 0


def test_the_lots_of_the_one_who_is_wrong_are_named(busy: User, bob: User) -> None:
    paid(bob)
    corrupt("UPDATE wallet_account SET balance_micros = 0 WHERE kind = 'cash_hold'")
    report = verify()[1]
    rows = next(check["rows"] for check in report["checks"] if check["name"] == LOTS)
    assert rows == [
        {
            "customer_id": busy.pk,
            "account": "cash_hold",
            "balance_micros": 0,
            "lots_micros": 25 * MICROS,
        }
    ]
