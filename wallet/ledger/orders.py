"""An order's money: charged, given back as far as it is due, and earned with what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from wallet.ledger.posting import Pot, RefundExceedsCharge, ledger_errors, lock, post, sums_of
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


@dataclass(frozen=True, slots=True)
class Held:
    """What was taken for one order and where it is now, in micros."""

    cash_taken: int = 0
    bonus_taken: int = 0
    cash_returned: int = 0
    bonus_returned: int = 0
    recognised: int = 0
    recognised_gross: int = 0
    is_cash_last: bool = False

    @property
    def charged(self) -> int:
        return self.cash_taken + self.bonus_taken

    @property
    def refunded(self) -> int:
        return self.cash_returned + self.bonus_returned

    @property
    def escrow(self) -> int:
        return self.charged - self.refunded - self.recognised

    def returns(self, amount_micros: int) -> tuple[int, int]:
        """How much of a refund goes to cash and how much to bonus: last taken, first returned."""
        if self.is_cash_last:
            to_cash = min(amount_micros, self.cash_taken - self.cash_returned)
            return to_cash, amount_micros - to_cash
        to_bonus = min(amount_micros, self.bonus_taken - self.bonus_returned)
        return amount_micros - to_bonus, to_bonus


def hold_for_order(
    *,
    customer_id: int,
    charge_micros: int,
    reference: str,
    at: datetime,
    spend_order: str = "cash_first",
) -> None:
    """Takes an order's charge: cash and bonus -> escrow, all or nothing.

    `spend_order` is the policy's `wallet.spend_order` (BON-04). `orders/sql/place_order.sql` calls
    the same SQL function. Raises InsufficientFunds, InDebt.
    """
    with ledger_errors(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_hold(%s, %s, %s, %s, %s)",
            [customer_id, charge_micros, reference, spend_order, at],
        )


def refund(*, customer_id: int, reference: str, due_micros: int, at: datetime) -> int:
    """Brings what was returned for `reference` up to `due_micros`; returns the micros moved now.

    A refund is a target: a second call with the same or a smaller target moves nothing. What was
    taken last comes back first, so that bonus never turns into cash (REF-19).
    Revenue that was recognised too early goes back to escrow first. Raises RefundExceedsCharge.
    """
    lock(customer_id)
    held = held_for(reference=reference)
    if due_micros > held.charged:
        raise RefundExceedsCharge(f"{reference}: {due_micros} of {held.charged}")
    missing = due_micros - held.refunded
    if missing <= 0:
        return 0
    _unrecognise(reference=reference, amount_micros=missing - held.escrow, due=due_micros, at=at)
    to_cash, to_bonus = held.returns(missing)
    for kind, amount_micros, suffix in (
        (Kind.BONUS, to_bonus, ":bonus"),
        (Kind.CASH, to_cash, ""),
    ):
        if amount_micros > 0:
            post(
                debit=Pot(Kind.ESCROW),
                credit=Pot(kind, customer_id),
                amount_micros=amount_micros,
                kind=TransferKind.ORDER_REFUND,
                key=f"{reference}:refund:{due_micros}{suffix}",
                reference=reference,
                at=at,
            )
    return missing


def settle(*, reference: str, at: datetime) -> int:
    """Recognises what is left of a finished order: escrow -> revenue. Returns the micros moved.

    The caller holds the order's row, which serialises this with `refund` of the same order.
    """
    held = held_for(reference=reference)
    if held.escrow <= 0:
        return 0
    post(
        debit=Pot(Kind.ESCROW),
        credit=Pot(Kind.REVENUE),
        amount_micros=held.escrow,
        kind=TransferKind.ORDER_REVENUE,
        key=f"{reference}:revenue:{held.recognised_gross + held.escrow}",
        reference=reference,
        at=at,
    )
    return held.escrow


def held_for(*, reference: str) -> Held:
    """What the transfers of one order add up to. `reference` is the ledger's name of the order."""
    sums = sums_of(reference)
    gross = sums.get((TransferKind.ORDER_REVENUE, ""), 0)
    return Held(
        cash_taken=sums.get((TransferKind.ORDER_CHARGE, Kind.CASH), 0),
        bonus_taken=sums.get((TransferKind.ORDER_CHARGE, Kind.BONUS), 0),
        cash_returned=sums.get((TransferKind.ORDER_REFUND, Kind.CASH), 0),
        bonus_returned=sums.get((TransferKind.ORDER_REFUND, Kind.BONUS), 0),
        recognised=gross - sums.get((TransferKind.ORDER_UNRECOGNISE, ""), 0),
        recognised_gross=gross,
        is_cash_last=_is_cash_last(sums),
    )


def _is_cash_last(sums: dict[tuple[str, str], int]) -> bool:
    taken = [account for kind, account in sums if kind == TransferKind.ORDER_CHARGE]
    return taken[-1:] == [Kind.CASH]


def _unrecognise(*, reference: str, amount_micros: int, due: int, at: datetime) -> None:
    if amount_micros > 0:
        post(
            debit=Pot(Kind.REVENUE),
            credit=Pot(Kind.ESCROW),
            amount_micros=amount_micros,
            kind=TransferKind.ORDER_UNRECOGNISE,
            key=f"{reference}:unrecognise:{due}",
            reference=reference,
            at=at,
        )
