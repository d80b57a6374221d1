"""Money that a bank or a refund at the gateway took back, the debt that may stay, and its end.

What is missing in the wallet becomes debt, so that cash never falls below zero. Debt is of one
cause (`dispute:3`, `refund:4`): if that is undone, what was paid for it returns, and what was not
is forgiven. Source: docs/ledger.md, "Debt"; rows CHB-01, CHB-05, CHB-08.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from wallet.ledger.posting import Leg, Pot, balance_of, lock, post, post_legs, sums_of
from wallet.models import AccountKind as Kind
from wallet.models import Transfer, TransferKind

_UNDOES = {
    TransferKind.DISPUTE: TransferKind.DISPUTE_RETURN,
    TransferKind.WITHDRAWAL: TransferKind.WITHDRAWAL_RETURN,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why money was taken back: `kind` DISPUTE, or WITHDRAWAL for a refund that was made at the
    gateway; `deposit` is the top-up whose charge it is about."""

    customer_id: int
    gateway: str
    reference: str
    deposit: str
    kind: TransferKind = TransferKind.DISPUTE


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a cause has moved and not given back, in micros. `debt_micros` and `fee_debt_micros`
    are what it made the customer owe, paid since (`settled_micros`) or not; `loss_micros` is the
    part of the debt that the house bears instead."""

    cash_micros: int
    debt_micros: int
    loss_micros: int
    fee_cash_micros: int
    fee_debt_micros: int
    settled_micros: int
    # How many transfers the cause has: makes the keys of the next ones.
    turns: int

    @property
    def taken_micros(self) -> int:
        return self.cash_micros + self.debt_micros

    @property
    def owed_micros(self) -> int:
        """What the customer still has to pay for it."""
        return self.debt_micros + self.fee_debt_micros - self.loss_micros - self.settled_micros


def take_back(
    *, cause: Cause, amount_micros: int, at: datetime, most_cash_micros: int | None = None
) -> None:
    """Brings what was taken for a reversed payment up to `amount_micros`: that top-up's cash, then
    other cash -> clearing; what is missing becomes debt -> clearing.

    With `most_cash_micros` (recourse to the top-up alone) no more than this is taken of cash now,
    and the house bears the rest: its debt is forgiven at once, chargeback_loss -> debt. So the
    top-up's charge counts as reversed in full. A second call moves nothing.
    """
    lock(cause.customer_id)
    was = reversal_of(cause)
    missing = amount_micros - was.taken_micros
    limits = [missing, balance_of(cause.customer_id, Kind.CASH)]
    if most_cash_micros is not None:
        limits.append(most_cash_micros)
    from_cash = max(0, min(limits))
    from_house = 0 if most_cash_micros is None else missing - from_cash
    cash, debt = Pot(Kind.CASH, cause.customer_id), Pot(Kind.DEBT, cause.customer_id)
    clearing, loss = _clearing(cause), Pot(Kind.CHARGEBACK_LOSS)
    legs = (
        Leg(cash, clearing, from_cash, cause.kind, f"cash:{was.turns}"),
        Leg(debt, clearing, missing - from_cash, cause.kind, f"debt:{was.turns}"),
        Leg(loss, debt, from_house, TransferKind.DEBT_RELIEF, f"relief:{was.turns}"),
    )
    post_legs(legs, reference=cause.reference, origin=cause.deposit, at=at)


def pass_fee_on(*, cause: Cause, amount_micros: int, at: datetime) -> None:
    """Brings what the customer bears of the dispute's fee up to `amount_micros`: cash, then debt ->
    gateway_fees (CHB-05). A second call moves nothing."""
    lock(cause.customer_id)
    was = reversal_of(cause)
    missing = amount_micros - was.fee_cash_micros - was.fee_debt_micros
    from_cash = max(0, min(balance_of(cause.customer_id, Kind.CASH), missing))
    cash, debt = Pot(Kind.CASH, cause.customer_id), Pot(Kind.DEBT, cause.customer_id)
    fees, kind = Pot(Kind.GATEWAY_FEES), TransferKind.DISPUTE_FEE
    legs = (
        Leg(cash, fees, from_cash, kind, f"fee:{was.turns}"),
        Leg(debt, fees, missing - from_cash, kind, f"fee:debt:{was.turns}"),
    )
    post_legs(legs, reference=cause.reference, origin=cause.deposit, at=at)


def reclaim(*, cause: Cause, amount_micros: int, at: datetime) -> None:
    """Takes cash that has come back to the top-up since for what the house bore of its reversal:
    the debt is owed again, debt -> chargeback_loss, and paid at once, cash -> debt.

    Never more than the loss or the cash: the caller has found `amount_micros` in the top-up's lots,
    under the same lock.
    """
    lock(cause.customer_id)
    was = reversal_of(cause)
    due = min(amount_micros, was.loss_micros, balance_of(cause.customer_id, Kind.CASH))
    cash, debt = Pot(Kind.CASH, cause.customer_id), Pot(Kind.DEBT, cause.customer_id)
    loss = Pot(Kind.CHARGEBACK_LOSS)
    legs = (
        Leg(debt, loss, due, TransferKind.DEBT_RELIEF_RETURN, f"reclaim:{was.turns}"),
        Leg(cash, debt, due, TransferKind.DEBT_SETTLEMENT, f"reclaim:paid:{was.turns}"),
    )
    post_legs(legs, reference=cause.reference, origin=cause.deposit, at=at)


def give_back(*, cause: Cause, at: datetime) -> None:
    """Undoes `take_back`, `pass_fee_on` and what was paid of their debt: every cent returns to
    where it was taken from, and debt that was not paid is cancelled (CHB-08)."""
    lock(cause.customer_id)
    was = reversal_of(cause)
    clearing, fees, loss = _clearing(cause), Pot(Kind.GATEWAY_FEES), Pot(Kind.CHARGEBACK_LOSS)
    cash, debt = Pot(Kind.CASH, cause.customer_id), Pot(Kind.DEBT, cause.customer_id)
    undone, fee_undone = _UNDOES[cause.kind], TransferKind.DISPUTE_FEE_RETURN
    legs = (
        # First the debt is whole again, then it goes: it is never below zero in between.
        Leg(debt, cash, was.settled_micros, TransferKind.DEBT_RETURN, f"back:paid:{was.turns}"),
        Leg(
            debt, loss, was.loss_micros, TransferKind.DEBT_RELIEF_RETURN, f"back:relief:{was.turns}"
        ),
        Leg(clearing, debt, was.debt_micros, undone, f"back:debt:{was.turns}"),
        Leg(clearing, cash, was.cash_micros, undone, f"back:cash:{was.turns}"),
        Leg(fees, debt, was.fee_debt_micros, fee_undone, f"back:fee:debt:{was.turns}"),
        Leg(fees, cash, was.fee_cash_micros, fee_undone, f"back:fee:{was.turns}"),
    )
    post_legs(legs, reference=cause.reference, origin=cause.deposit, at=at)


def _clearing(cause: Cause) -> Pot:
    return Pot(Kind.GATEWAY_CLEARING, label=cause.gateway)


def reversal_of(cause: Cause) -> Reversal:
    """What is taken for this cause now."""
    sums = sums_of(cause.reference)

    def net(kind: TransferKind, back: TransferKind, account: str) -> int:
        return sums.get((kind, account), 0) - sums.get((back, account), 0)

    back, fee = _UNDOES[cause.kind], (TransferKind.DISPUTE_FEE, TransferKind.DISPUTE_FEE_RETURN)
    return Reversal(
        cash_micros=net(cause.kind, back, Kind.CASH),
        debt_micros=net(cause.kind, back, Kind.DEBT),
        loss_micros=net(TransferKind.DEBT_RELIEF, TransferKind.DEBT_RELIEF_RETURN, Kind.DEBT),
        fee_cash_micros=net(*fee, Kind.CASH),
        fee_debt_micros=net(*fee, Kind.DEBT),
        settled_micros=net(TransferKind.DEBT_SETTLEMENT, TransferKind.DEBT_RETURN, Kind.DEBT),
        turns=Transfer.objects.filter(reference=cause.reference).count(),
    )


def settle_debt(*, customer_id: int, at: datetime) -> int:
    """Pays what is owed from cash, the oldest cause first: cash -> debt. Returns the micros paid.

    Called when money has come in, and by a sweep for what came in otherwise.
    """
    lock(customer_id)
    left = paid = min(balance_of(customer_id, Kind.CASH), balance_of(customer_id, Kind.DEBT))
    for reference, owed_micros, turns in _debts_of(customer_id) if left else []:
        amount_micros = min(owed_micros, left)
        if amount_micros:
            post(
                debit=Pot(Kind.CASH, customer_id),
                credit=Pot(Kind.DEBT, customer_id),
                amount_micros=amount_micros,
                kind=TransferKind.DEBT_SETTLEMENT,
                key=f"{reference}:settled:{turns}",
                reference=reference,
                at=at,
            )
            left -= amount_micros
    return paid - left


def _debts_of(customer_id: int) -> list[tuple[str, int, int]]:
    """Open debts by cause, the oldest first, with the number of their transfers so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.reference, sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_micros
                                         ELSE -t.amount_micros END)::bigint, count(*)
              FROM wallet_account a JOIN wallet_transfer t
                ON a.id IN (t.debit_account_id, t.credit_account_id)
             WHERE a.owner_id = %s AND a.kind = 'debt' GROUP BY 1 ORDER BY min(t.id)
            """,
            [customer_id],
        )
        return [(reference, owed, turns) for reference, owed, turns in cursor.fetchall()]
