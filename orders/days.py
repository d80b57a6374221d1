"""Days as numbers of orders. Orders are numbered in the order of their times, up to the moments
that acts at the same time take; so the first one of a day is found by halving the numbers, some
twenty looks into one index however many there are, and no index by time is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

# Two acts may be written in another order than they began.
SLACK = timedelta(hours=1)

# All numbers below `low` are earlier, none from `high` on is.
_HALVING = """
WITH RECURSIVE halving (low, high) AS (
    SELECT min(id), max(id) + 1 FROM orders_order WHERE {whose}
    UNION ALL
    SELECT CASE WHEN is_earlier THEN id + 1 ELSE low END,
           CASE WHEN is_earlier THEN high ELSE middle END
      FROM (SELECT low, high, (low + high) / 2 AS middle FROM halving WHERE low < high) part
     CROSS JOIN LATERAL (
           SELECT id, created_at < %(at)s + %(slack)s * interval '1 second' AS is_earlier
             FROM orders_order
            WHERE {whose} AND id >= middle
            ORDER BY id LIMIT 1) nearest
)
SELECT low FROM halving WHERE low = high
"""
_OF_ONE = _HALVING.format(whose="customer_id = (SELECT %(customer_id)s)")
_OF_ALL = _HALVING.format(whose="true")


def number_before(*, customer_id: int | None, at: datetime) -> int:
    """All orders of one customer, or of all (None), since then have this number or a higher one;
    so may some of the hour before. 0 where there are no orders."""
    return _first_since(customer_id=customer_id, at=at, slack=-SLACK)


def number_after(*, customer_id: int | None, at: datetime) -> int:
    """All orders of before then have a lower number; so may some of the hour after."""
    return _first_since(customer_id=customer_id, at=at, slack=SLACK)


def _first_since(*, customer_id: int | None, at: datetime, slack: timedelta) -> int:
    # Added up by the database, whose years have no end that anybody can ask for.
    asked = {"customer_id": customer_id, "at": at, "slack": slack.total_seconds()}
    with connection.cursor() as cursor:
        cursor.execute(_OF_ALL if customer_id is None else _OF_ONE, asked)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
