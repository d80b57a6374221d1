"""What customers have really spent: what orders of theirs have earned, less all that went back.

Of an order in progress nothing is spent yet, and what the house paid back out of its own pocket is
no spending either. Source: docs/prices.md, "Groups and loyalty levels"; docs/ledger.md.
"""

from __future__ import annotations

from django.db import connection

# An order's transfers share its reference; whose it is says the account that was charged.
_SPENT = """
WITH mine AS (
    SELECT DISTINCT charge.reference, account.owner_id
      FROM wallet_transfer charge
      JOIN wallet_account account ON account.id = charge.debit_account_id
     WHERE charge.kind = 'order_charge'
       AND (%(customer)s::bigint IS NULL OR account.owner_id = %(customer)s)
)
SELECT mine.owner_id,
       sum(CASE WHEN kind IN ('order_revenue', 'order_recover') THEN amount_micros
                ELSE -amount_micros END)::bigint AS spent
  FROM mine JOIN wallet_transfer USING (reference)
 WHERE kind IN ('order_revenue', 'order_unrecognise', 'order_absorb', 'order_recover')
 GROUP BY mine.owner_id
HAVING sum(CASE WHEN kind IN ('order_revenue', 'order_recover') THEN amount_micros
                ELSE -amount_micros END) >= %(least)s
 ORDER BY mine.owner_id
"""


def spent_by(*, customer_id: int) -> int:
    """Micros; zero for who never had an order delivered."""
    return max(_read(customer_id=customer_id, least_micros=0).get(customer_id, 0), 0)


def spent_by_all(*, least_micros: int) -> dict[int, int]:
    """Micros by customer, of all who spent at least so much."""
    return _read(customer_id=None, least_micros=least_micros)


def _read(*, customer_id: int | None, least_micros: int) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, {"customer": customer_id, "least": least_micros})
        return dict(cursor.fetchall())
