"""What following changes of many orders at once, in one statement.

`bulk_update` writes a CASE with a branch for every row and column; that takes longer than all the
rest of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from django.db import connection

from orders.models import Order

_UPDATE = """
    UPDATE orders_order o
       SET start_count = new.start_count, remains = new.remains, started_at = new.started_at,
           provider_charge_micros = new.price, provider_currency = new.currency,
           poll_failures = new.failures, checked_at = new.checked_at,
           silent_since = new.silent_since, next_poll_at = new.next_poll_at
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[],
                  %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
                  %s::timestamptz[])
           AS new (id, start_count, remains, started_at, price, currency, failures, checked_at,
                   silent_since, next_poll_at)
     WHERE o.id = new.id
"""
_VALUES = attrgetter(
    "pk",
    "start_count",
    "remains",
    "started_at",
    "provider_charge_micros",
    "provider_currency",
    "poll_failures",
    "checked_at",
    "silent_since",
    "next_poll_at",
)


def write(orders: Sequence[Order]) -> None:
    """Writes the columns that only following writes, of locked orders."""
    if not orders:
        return
    columns = [list(column) for column in zip(*map(_VALUES, orders), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, columns)
