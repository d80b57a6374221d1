"""What following changes of many orders at once, in two statements: one for orders with news, and a
narrow one for those of which only the time of the next check is new.

`bulk_update` writes a CASE with a branch for every row and column; that takes longer than all the
rest of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from django.db import connection

from orders.models import Order

_NEWS = """
    UPDATE orders_order o
       SET status = new.status, was_cut_short = new.was_cut_short, finished_at = new.finished_at,
           expected_by = new.expected_by, due_micros = new.due, refunded_micros = new.refunded,
           start_count = new.start_count, remains = new.remains, started_at = new.started_at,
           provider_charge_micros = new.price, provider_currency = new.currency,
           poll_failures = new.failures, checked_at = new.checked_at,
           silent_since = new.silent_since, next_poll_at = new.next_poll_at
      FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::timestamptz[], %s::timestamptz[],
                  %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
                  %s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[],
                  %s::timestamptz[])
           AS new (id, status, was_cut_short, finished_at, expected_by, due, refunded, start_count,
                   remains, started_at, price, currency, failures, silent_since, checked_at,
                   next_poll_at)
     WHERE o.id = new.id
"""
_NO_NEWS = """
    UPDATE orders_order o SET checked_at = %s, next_poll_at = new.next_poll_at
      FROM unnest(%s::bigint[], %s::timestamptz[]) AS new (id, next_poll_at) WHERE o.id = new.id
"""
_NEWS_OF = attrgetter(
    "pk",
    "status",
    "was_cut_short",
    "finished_at",
    "expected_by",
    "due_micros",
    "refunded_micros",
    "start_count",
    "remains",
    "started_at",
    "provider_charge_micros",
    "provider_currency",
    "poll_failures",
    "silent_since",
)
_CLOCKS_OF = attrgetter("checked_at", "next_poll_at")
# What of an order has to be read to decide about a report of it; the rest is long and not needed.
READ = (
    "customer",
    "publication",
    "role",
    "parent",
    "quantity",
    "runs",
    "charge_micros",
    "absorbed_micros",
    "recovered_micros",
    "settled_at",
    "duplicate_accepted",
    "provider",
    "external_id",
    "sent_at",
    "status",
    "was_cut_short",
    "finished_at",
    "expected_by",
    "due_micros",
    "refunded_micros",
    "start_count",
    "remains",
    "started_at",
    "provider_charge_micros",
    "provider_currency",
    "poll_failures",
    "silent_since",
    "checked_at",
    "next_poll_at",
)

News = tuple[object, ...]


def news_of(order: Order) -> News:
    """What `write` compares: all but the clocks of the checks themselves."""
    found: News = _NEWS_OF(order)
    return found


def write(orders: Sequence[Order], *, before: Sequence[News], at: datetime) -> None:
    """Writes the columns that following writes, of locked orders; `before` is what `news_of` them
    was when they were locked."""
    rows, waiting = [], []
    for order, was in zip(orders, before, strict=True):
        now = news_of(order)
        if now != was or order.checked_at != at:
            rows.append(now + _CLOCKS_OF(order))
        else:
            waiting.append((order.pk, order.next_poll_at))
    with connection.cursor() as cursor:
        if rows:
            cursor.execute(_NEWS, _columns(rows))
        if waiting:
            cursor.execute(_NO_NEWS, [at, *_columns(waiting)])


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
