"""All that one customer has here: what can be spent, what is on hold and for what, what is owed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from wallet.models import Account
from wallet.models import AccountKind as Kind


@dataclass(frozen=True, slots=True)
class Pots:
    """A customer's own accounts, in micros."""

    cash: int = 0
    bonus: int = 0
    cash_hold: int = 0
    bonus_hold: int = 0
    debt: int = 0

    @property
    def total(self) -> int:
        """What a forfeiture takes once everything is released: cash and bonus."""
        return self.cash + self.bonus + self.cash_hold + self.bonus_hold


@dataclass(frozen=True, slots=True)
class Hold:
    """What one cause (`payout:5`, `dispute:3`, `warning:2`) holds of one top-up, in micros."""

    reference: str
    deposit: str
    cash_micros: int
    bonus_micros: int


def pots_of(*, customer_id: int) -> Pots:
    rows = Account.objects.filter(owner_id=customer_id)
    found = {Kind(kind): micros for kind, micros in rows.values_list("kind", "balance_micros")}
    return Pots(
        cash=found.get(Kind.CASH, 0),
        bonus=found.get(Kind.BONUS, 0),
        cash_hold=found.get(Kind.CASH_HOLD, 0),
        bonus_hold=found.get(Kind.BONUS_HOLD, 0),
        debt=found.get(Kind.DEBT, 0),
    )


_HOLDS = """
SELECT legs.reference, legs.origin,
       coalesce(sum(signed) FILTER (WHERE kind = 'cash_hold'), 0)::bigint,
       coalesce(sum(signed) FILTER (WHERE kind = 'bonus_hold'), 0)::bigint
  FROM (SELECT t.reference, coalesce(t.origin, '') AS origin, a.kind,
               CASE WHEN t.credit_account_id = a.id THEN t.amount_micros
                    ELSE -t.amount_micros END AS signed
          FROM wallet_account a
          JOIN wallet_transfer t ON a.id IN (t.debit_account_id, t.credit_account_id)
         WHERE a.owner_id = %s AND a.kind IN ('cash_hold', 'bonus_hold')) legs
 GROUP BY legs.reference, legs.origin
HAVING sum(signed) <> 0
 ORDER BY legs.reference, legs.origin
"""


def holds_of(*, customer_id: int) -> list[Hold]:
    """What is on hold now, cause by cause."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS, [customer_id])
        return [Hold(*row) for row in cursor.fetchall()]
