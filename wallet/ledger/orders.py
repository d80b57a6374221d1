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
    """What was taken for one order and where it is now, in micros.

    `absorbed` is the part of what returned that the house paid, `recovered` what it got of that.
    """

    cash_taken: int = 0
    bonus_taken: int = 0
    cash_returned: int = 0
    bonus_returned: int = 0
    absorbed: int = 0
    recovered: int = 0
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
    def released(self) -> int:
        """What left escrow because it was not delivered: to the customer or to the house."""
        return self.refunded - self.absorbed + self.recovered

    @property
    def escrow(self) -> int:
        return self.charged - self.released - self.recognised

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
    held, missing = _missing(customer_id=customer_id, reference=reference, due_micros=due_micros)
    if missing <= 0:
        return 0
    _unrecognise(
        reference=reference,
        amount_micros=missing - held.escrow,
        key=f"{reference}:unrecognise:{due_micros}",
        at=at,
    )
    _return(
        customer_id=customer_id,
        split=held.returns(missing),
        source=Kind.ESCROW,
        kind=TransferKind.ORDER_REFUND,
        key=f"{reference}:refund:{due_micros}",
        reference=reference,
        at=at,
    )
    return missing


def absorb(*, customer_id: int, reference: str, due_micros: int, at: datetime) -> int:
    """The same target paid by the house: absorbed_loss -> bonus and cash; escrow stays as it is
    until the provider has said what it did. Returns the micros moved now.

    Policy `order.customer_cancel` = pending_absorb. Raises RefundExceedsCharge.
    """
    held, missing = _missing(customer_id=customer_id, reference=reference, due_micros=due_micros)
    if missing <= 0:
        return 0
    _return(
        customer_id=customer_id,
        split=held.returns(missing),
        source=Kind.ABSORBED_LOSS,
        kind=TransferKind.ORDER_ABSORB,
        key=f"{reference}:absorb:{due_micros}",
        reference=reference,
        at=at,
    )
    return missing


def recover(*, reference: str, due_micros: int, at: datetime) -> int:
    """What was due back and the house has paid already goes to its loss: escrow -> absorbed_loss.

    A target, too: what left escrow is brought up to `due_micros`, never by more than was absorbed.
    Returns the micros moved now. The caller holds the order's row.
    """
    held = held_for(reference=reference)
    if due_micros > held.charged:
        raise RefundExceedsCharge(f"{reference}: {due_micros} of {held.charged}")
    missing = min(due_micros - held.released, held.absorbed - held.recovered)
    if missing <= 0:
        return 0
    key = f"{reference}:recover:{held.recovered + missing}"
    _unrecognise(
        reference=reference, amount_micros=missing - held.escrow, key=f"{key}:unrecognise", at=at
    )
    post(
        debit=Pot(Kind.ESCROW),
        credit=Pot(Kind.ABSORBED_LOSS),
        amount_micros=missing,
        kind=TransferKind.ORDER_RECOVER,
        key=key,
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
    cash_absorbed = sums.get((TransferKind.ORDER_ABSORB, Kind.CASH), 0)
    bonus_absorbed = sums.get((TransferKind.ORDER_ABSORB, Kind.BONUS), 0)
    return Held(
        cash_taken=sums.get((TransferKind.ORDER_CHARGE, Kind.CASH), 0),
        bonus_taken=sums.get((TransferKind.ORDER_CHARGE, Kind.BONUS), 0),
        cash_returned=sums.get((TransferKind.ORDER_REFUND, Kind.CASH), 0) + cash_absorbed,
        bonus_returned=sums.get((TransferKind.ORDER_REFUND, Kind.BONUS), 0) + bonus_absorbed,
        absorbed=cash_absorbed + bonus_absorbed,
        recovered=sums.get((TransferKind.ORDER_RECOVER, ""), 0),
        recognised=gross - sums.get((TransferKind.ORDER_UNRECOGNISE, ""), 0),
        recognised_gross=gross,
        is_cash_last=_is_cash_last(sums),
    )


def _is_cash_last(sums: dict[tuple[str, str], int]) -> bool:
    taken = [account for kind, account in sums if kind == TransferKind.ORDER_CHARGE]
    return taken[-1:] == [Kind.CASH]


def _missing(*, customer_id: int, reference: str, due_micros: int) -> tuple[Held, int]:
    """What the order holds, read under the mutex, and how much the customer lacks of a target."""
    lock(customer_id)
    held = held_for(reference=reference)
    if due_micros > held.charged:
        raise RefundExceedsCharge(f"{reference}: {due_micros} of {held.charged}")
    return held, due_micros - held.refunded


def _return(
    *,
    customer_id: int,
    split: tuple[int, int],
    source: Kind,
    kind: TransferKind,
    key: str,
    reference: str,
    at: datetime,
) -> None:
    """Gives a customer (cash, bonus) back: what was taken last returns first."""
    to_cash, to_bonus = split
    for pot, amount_micros, suffix in (
        (Kind.BONUS, to_bonus, ":bonus"),
        (Kind.CASH, to_cash, ""),
    ):
        if amount_micros > 0:
            post(
                debit=Pot(source),
                credit=Pot(pot, customer_id),
                amount_micros=amount_micros,
                kind=kind,
                key=key + suffix,
                reference=reference,
                at=at,
            )


def _unrecognise(*, reference: str, amount_micros: int, key: str, at: datetime) -> None:
    if amount_micros > 0:
        post(
            debit=Pot(Kind.REVENUE),
            credit=Pot(Kind.ESCROW),
            amount_micros=amount_micros,
            kind=TransferKind.ORDER_UNRECOGNISE,
            key=key,
            reference=reference,
            at=at,
        )
