"""Money that waits: it stays the customer's, and nobody can spend it.

A hold belongs to its cause (`payout:5`, `dispute:3`, `warning:2`) and to one top-up. It is a
target, not an event: asking again for what is held already moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from wallet.ledger.posting import Leg, Pot, lock, post_legs
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


@dataclass(frozen=True, slots=True)
class OnHold:
    """What a cause holds now, in micros, and how often it held or released something."""

    cash_micros: int = 0
    bonus_micros: int = 0
    turns: int = 0


_HELD = """
    SELECT coalesce(sum(signed) FILTER (WHERE kind = 'cash_hold'), 0)::bigint,
           coalesce(sum(signed) FILTER (WHERE kind = 'bonus_hold'), 0)::bigint, count(*)
      FROM (SELECT a.kind, CASE WHEN t.credit_account_id = a.id THEN t.amount_micros
                                ELSE -t.amount_micros END AS signed
              FROM wallet_transfer t JOIN wallet_account a
                ON a.id IN (t.debit_account_id, t.credit_account_id)
             WHERE t.reference = %s AND a.kind IN ('cash_hold', 'bonus_hold')) legs
"""


def on_hold(reference: str) -> OnHold:
    """What `reference` holds now."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [reference])
        return OnHold(*cursor.fetchone())


def hold(
    *,
    customer_id: int,
    reference: str,
    deposit: str,
    cash_micros: int,
    bonus_micros: int,
    at: datetime,
) -> None:
    """Brings what `reference` holds of a top-up up to these sums: cash -> cash_hold, bonus ->
    bonus_hold. The caller has found in the lots that the top-up still has them, under the same
    lock. Raises InsufficientFunds."""
    lock(customer_id)
    held = on_hold(reference)
    cash, bonus = Pot(Kind.CASH, customer_id), Pot(Kind.BONUS, customer_id)
    cash_hold, bonus_hold = Pot(Kind.CASH_HOLD, customer_id), Pot(Kind.BONUS_HOLD, customer_id)
    name, kind = f"hold:{held.turns}", TransferKind.HOLD
    legs = (
        Leg(cash, cash_hold, cash_micros - held.cash_micros, kind, name),
        Leg(bonus, bonus_hold, bonus_micros - held.bonus_micros, kind, f"{name}:bonus"),
    )
    post_legs(legs, reference=reference, origin=deposit, at=at)


def release(*, customer_id: int, reference: str, deposit: str, at: datetime) -> None:
    """Gives back all that `reference` still holds, to the lots that it came from (WDR-18)."""
    lock(customer_id)
    held = on_hold(reference)
    cash, bonus = Pot(Kind.CASH, customer_id), Pot(Kind.BONUS, customer_id)
    cash_hold, bonus_hold = Pot(Kind.CASH_HOLD, customer_id), Pot(Kind.BONUS_HOLD, customer_id)
    name, kind = f"release:{held.turns}", TransferKind.RELEASE
    legs = (
        Leg(cash_hold, cash, held.cash_micros, kind, name),
        Leg(bonus_hold, bonus, held.bonus_micros, kind, f"{name}:bonus"),
    )
    post_legs(legs, reference=reference, origin=deposit, at=at)
