"""What following reads of many orders at once, and what it writes of them: the latter by one call
of orders/sql/write_reports.sql, whose plans are kept. Of most orders only the time of the next
check is new, which stands in a row of its own; of many others only their counts, for which there is
a narrow statement.

`bulk_update` writes a CASE with a branch for every row and column, and `only` builds an order field
by field; either takes longer than all the rest of a batch.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from django.db import connection
from django.db.models.base import ModelState

from orders.models import Order
from services.models import Provider

_COUNTS = ("id", "start_count", "remains", "started_at")
_NEWS = (
    *_COUNTS,
    "status",
    "was_cut_short",
    "finished_at",
    "expected_by",
    "due_micros",
    "refunded_micros",
    "provider_charge_micros",
    "provider_currency",
    "poll_failures",
    "silent_since",
)
# What of an order has to be read to decide about a report of it; the rest is long and not needed.
_READ = (
    *_NEWS,
    "customer_id",
    "publication_id",
    "role",
    "parent_id",
    "quantity",
    "runs",
    "charge_micros",
    "absorbed_micros",
    "recovered_micros",
    "settled_at",
    "duplicate_accepted",
    "provider_id",
    "external_id",
    "sent_at",
)
_NEWS_OF = attrgetter(*_NEWS)

_LOCK = f"""
    SELECT {", ".join(_READ)}, snapshot -> 'can_partial' = 'false'::jsonb
      FROM orders_order WHERE id = ANY (%s::bigint[]) AND external_id IS NOT NULL
     ORDER BY id FOR UPDATE
"""  # noqa: S608 - names of columns, our own
_WRITE = """
    SELECT orders_write_reports(
        %s, %s::bigint[], %s::timestamptz[], %s::bigint[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::boolean[],
        %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
        %s::smallint[], %s::timestamptz[],
        %s::bigint[], %s::text[], %s::jsonb[])
"""

News = tuple[object, ...]
Row = tuple[object, ...]


class Locked(NamedTuple):
    """Orders by ascending number, and the numbers of those that were sold as a whole: without a
    refund for a part."""

    orders: list[Order]
    undivided: frozenset[int]


class Line(NamedTuple):
    """One line of an order's story."""

    order_id: int
    kind: str
    detail: Mapping[str, object]


def lock(order_ids: Iterable[int]) -> Locked:
    """Those of the orders that a provider has, locked in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [_array(order_ids)])
        rows = cursor.fetchall()
    alias = connection.alias
    orders = [_order(row[:-1], alias) for row in rows]
    wanted = {order.provider_id for order in orders if order.provider_id}
    known = Provider.objects.only("currency", "cancel_means_partial", "is_manual").in_bulk(wanted)
    for order in orders:
        order._state.fields_cache["provider"] = known.get(order.provider_id or 0)
    return Locked(orders, frozenset(row[0] for row in rows if row[-1]))


def _order(row: Row, alias: str) -> Order:
    """As a pickled order is made again. What was not read is read when somebody asks for it."""
    order = Order.__new__(Order)
    order._state = ModelState()
    order._state.adding, order._state.db = False, alias
    order.__dict__.update(zip(_READ, row, strict=True))
    return order


def news_of(order: Order) -> News:
    """What `write` compares."""
    found: News = _NEWS_OF(order)
    return found


def write(
    orders: Sequence[Order],
    *,
    before: Sequence[News],
    checks: Sequence[datetime | None],
    unheard: Collection[int],
    story: Sequence[Line],
    at: datetime,
) -> None:
    """Writes the columns that following writes, of locked orders, and what is new in their stories.

    `before` is what `news_of` them was when they were locked, `checks` are the times of their next
    checks, and `unheard` the numbers of those of which nothing readable was told."""
    counted, told = [], []
    for order, was in zip(orders, before, strict=True):
        now = news_of(order)
        if now == was:
            continue
        if now[len(_COUNTS) :] == was[len(_COUNTS) :]:
            counted.append(now[: len(_COUNTS)])
        else:
            told.append(now)
    lines = [(line.order_id, line.kind, json.dumps(line.detail)) for line in story]
    columns = [
        _array(order.pk for order in orders),
        _array(checks),
        _array(unheard),
        *_columns(counted, len(_COUNTS)),
        *_columns(told, len(_NEWS)),
        *_columns(lines, len(Line._fields)),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [at, *columns])


def _columns(rows: Collection[Row], width: int) -> list[str]:
    return [_array(column) for column in zip(*rows, strict=True)] or ["{}"] * width


def _array(values: Iterable[object]) -> str:
    """As PostgreSQL writes an array: one constant, where the driver's ARRAY[...] is an expression
    that is read and computed element by element."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'
