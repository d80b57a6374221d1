"""An order's money: charged, given back as far as it is due, and earned with what is left."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from wallet.ledger.held import Held, return_legs, revenue_leg, unrecognise_leg
from wallet.ledger.many import Target, bring_up
from wallet.ledger.posting import Leg, Pot, ledger_errors, lock, post_legs, sums_of
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


def hold_for_order(
    *,
    customer_id: int,
    charge_micros: int,
    reference: str,
    at: datetime,
    spend_order: str = "cash_first",
) -> None:
    """Takes an order's charge: cash and bonus -> escrow, all or nothing.

    `spend_order` is the policy's `wallet.spend_order` (BON-04). What is placed is charged by
    `ledger_hold_many`, to the same rows (wallet/sql/hold_many.sql). Raises InsufficientFunds,
    InDebt.
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
    target = Target(customer_id, reference, due_micros, is_over=False)
    return bring_up(targets=[target], at=at)[reference]


def absorb(*, customer_id: int, reference: str, due_micros: int, at: datetime) -> int:
    """The same target paid by the house: absorbed_loss -> bonus and cash; escrow stays as it is
    until the provider has said what it did. Returns the micros moved now.

    Policy `order.customer_cancel` = pending_absorb. Raises RefundExceedsCharge.
    """
    lock(customer_id)
    held = held_for(reference=reference)
    lacking = held.lacking(reference=reference, due_micros=due_micros)
    legs = return_legs(
        customer_id=customer_id,
        split=held.returns(lacking),
        source=Kind.ABSORBED_LOSS,
        kind=TransferKind.ORDER_ABSORB,
        name=f"absorb:{due_micros}",
    )
    post_legs(legs, reference=reference, at=at, origin=None)
    return lacking


def recover(*, reference: str, due_micros: int, at: datetime) -> int:
    """What was due back and the house has paid already goes to its loss: escrow -> absorbed_loss.

    A target, too: what left escrow is brought up to `due_micros`, never by more than was absorbed.
    Returns the micros moved now. The caller holds the order's row.
    """
    held = held_for(reference=reference)
    held.lacking(reference=reference, due_micros=due_micros)
    missing = min(due_micros - held.released, held.absorbed - held.recovered)
    if missing <= 0:
        return 0
    name = f"recover:{held.recovered + missing}"
    pots, kind = (Pot(Kind.ESCROW), Pot(Kind.ABSORBED_LOSS)), TransferKind.ORDER_RECOVER
    legs = [
        unrecognise_leg(missing - held.escrow, name=f"{name}:unrecognise"),
        Leg(*pots, missing, kind, name),
    ]
    post_legs(legs, reference=reference, at=at, origin=None)
    return missing


def settle(*, reference: str, at: datetime) -> int:
    """Recognises what is left of a finished order: escrow -> revenue. Returns the micros moved.

    The caller holds the order's row, which serialises this with `refund` of the same order.
    """
    held = held_for(reference=reference)
    post_legs([revenue_leg(held)], reference=reference, at=at, origin=None)
    return max(0, held.escrow)


def held_for(*, reference: str) -> Held:
    """What the transfers of one order add up to. `reference` is the ledger's name of the order."""
    return Held.of(sums_of(reference))
