"""The verbs in dollars, for one gateway and the customer of the test, and the accounts as a table.

`accounts(user)` is read from the transfers themselves, not from the balances that a trigger keeps.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection

from accounts.models import User
from tests.wallet.histories import expires_after
from wallet import ledger
from wallet.lots.fold import ExpiryRule, fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.models import TransferKind
from wallet.verification import run
from wallet.verification.books import CHECKS

USD = 1_000_000
AT = datetime(2026, 3, 2, 10, 5, 30, tzinfo=UTC)
NEVER = expires_after(None)


def deposit(user: User, number: int, dollars: float, *, at: datetime = AT) -> None:
    ledger.deposit(
        customer_id=user.pk,
        gateway="demo",
        amount_micros=round(dollars * USD),
        reference=f"deposit:{number}",
        at=at,
    )


def grant(user: User, number: int, dollars: float, *, tied_to: int | None = None) -> None:
    ledger.grant_bonus(
        customer_id=user.pk,
        amount_micros=round(dollars * USD),
        reference=f"bonus:{number}",
        deposit=f"deposit:{tied_to}" if tied_to else None,
        at=AT,
    )


def order(user: User, number: int, dollars: float, *, spend_order: str = "cash_first") -> None:
    ledger.hold_for_order(
        customer_id=user.pk,
        charge_micros=round(dollars * USD),
        reference=f"order:{number}",
        spend_order=spend_order,
        at=AT,
    )


def refund(user: User, number: int, due: float) -> int:
    micros = round(due * USD)
    return ledger.refund(customer_id=user.pk, reference=f"order:{number}", due_micros=micros, at=AT)


def absorb(user: User, number: int) -> int:
    """All of an order, out of the house's own money."""
    reference = f"order:{number}"
    due = ledger.held_for(reference=reference).charged
    return ledger.absorb(customer_id=user.pk, reference=reference, due_micros=due, at=AT)


def recover(number: int, due: float) -> int:
    return ledger.recover(reference=f"order:{number}", due_micros=round(due * USD), at=AT)


def hold(user: User, cause: str, deposit: int, cash: float, bonus: float = 0) -> None:
    ledger.hold(
        customer_id=user.pk,
        reference=cause,
        deposit=f"deposit:{deposit}",
        cash_micros=round(cash * USD),
        bonus_micros=round(bonus * USD),
        at=AT,
    )


def release(user: User, cause: str, deposit: int) -> None:
    ledger.release(customer_id=user.pk, reference=cause, deposit=f"deposit:{deposit}", at=AT)


def pay_out(user: User, cause: str, deposit: int, fee: float = 0, clawback: float = 0) -> int:
    return ledger.pay_out(
        customer_id=user.pk,
        gateway="demo",
        reference=cause,
        deposit=f"deposit:{deposit}",
        fee_micros=round(fee * USD),
        clawback_micros=round(clawback * USD),
        at=AT,
    )


def return_payout(user: User, cause: str, deposit: int) -> None:
    ledger.return_payout(
        customer_id=user.pk, gateway="demo", reference=cause, deposit=f"deposit:{deposit}", at=AT
    )


def dispute_of(user: User, number: int, deposit: int) -> ledger.Cause:
    return ledger.Cause(user.pk, "demo", f"dispute:{number}", f"deposit:{deposit}")


def foreign_refund_of(user: User, number: int, deposit: int) -> ledger.Cause:
    kind = TransferKind.WITHDRAWAL
    return ledger.Cause(user.pk, "demo", f"refund:{number}", f"deposit:{deposit}", kind)


def take_back(cause: ledger.Cause, dollars: float, *, most_cash: float | None = None) -> None:
    most_cash_micros = None if most_cash is None else round(most_cash * USD)
    ledger.take_back(
        cause=cause, amount_micros=round(dollars * USD), most_cash_micros=most_cash_micros, at=AT
    )


def pass_fee_on(cause: ledger.Cause, dollars: float) -> None:
    ledger.pass_fee_on(cause=cause, amount_micros=round(dollars * USD), at=AT)


def give_back(cause: ledger.Cause) -> None:
    ledger.give_back(cause=cause, at=AT)


def settle_debt(user: User) -> float:
    return ledger.settle_debt(customer_id=user.pk, at=AT) / USD


def accounts(user: User) -> dict[str, float]:
    """Dollars in every account that is not empty: the customer's and the house's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.kind, sum(CASE WHEN t.credit_account_id = a.id THEN t.amount_micros
                                    ELSE -t.amount_micros END)
              FROM wallet_account a JOIN wallet_transfer t
                ON a.id IN (t.debit_account_id, t.credit_account_id)
             WHERE a.owner_id = %s OR a.owner_id IS NULL GROUP BY 1
            """,
            [user.pk],
        )
        return {kind: float(micros) / USD for kind, micros in cursor.fetchall() if micros}


def holdings(user: User, rule: ExpiryRule = NEVER) -> Holdings:
    return fold(movements_of(customer_id=user.pk), expires_at=rule)


def lots(user: User) -> list[tuple[str, str, float]]:
    """Root, kind and dollars of every lot with money that can be spent."""
    return [
        (lot.root, str(lot.kind), lot.remaining_micros / USD)
        for lot in holdings(user).lots
        if lot.remaining_micros
    ]


def unsound() -> list[str]:
    """The invariants of accounts and transfers that do not hold."""
    return [check.name for check in CHECKS if not run(check).is_ok]
