"""Days as numbers of orders. A customer's orders are numbered in the order of their times, up to
the moments that acts at the same time take; so the first one of a day is found by halving his
numbers, some twenty looks into one index whatever he has ordered, and no index by time is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

# Two acts of one customer may be written in another order than they began.
SLACK = timedelta(hours=1)

# All his numbers below `low` are earlier, none from `high` on is.
_HALVING = """
WITH RECURSIVE halving (low, high) AS (
    SELECT min(id), max(id) + 1 FROM orders_order WHERE customer_id = (SELECT %(customer_id)s)
    UNION ALL
    SELECT CASE WHEN is_earlier THEN id + 1 ELSE low END,
           CASE WHEN is_earlier THEN high ELSE middle END
      FROM (SELECT low, high, (low + high) / 2 AS middle FROM halving WHERE low < high) part
     CROSS JOIN LATERAL (
           SELECT id, created_at < %(at)s AS is_earlier FROM orders_order
            WHERE customer_id = (SELECT %(customer_id)s) AND id >= middle
            ORDER BY id LIMIT 1) nearest
)
SELECT low FROM halving WHERE low = high
"""


def number_before(*, customer_id: int, at: datetime) -> int:
    """All his orders since then have this number or a higher one; so may some of the hour before.
    0 of a customer without orders."""
    return _first_since(customer_id=customer_id, at=at - SLACK)


def number_after(*, customer_id: int, at: datetime) -> int:
    """All his orders of before then have a lower number; so may some of the hour after."""
    return _first_since(customer_id=customer_id, at=at + SLACK)


def _first_since(*, customer_id: int, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_HALVING, {"customer_id": customer_id, "at": at})
        row = cursor.fetchone()
    return int(row[0]) if row else 0
