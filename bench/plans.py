"""What queries look at: each is run with EXPLAIN ANALYZE. None reads a large table from end to end,
and none looks at more rows than a page may, by whatever index."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from accounts.admin.readonly import CappedPaginator
from accounts.parts import LOOKED_THROUGH

# What a query may look at: a part of a long list, and little besides.
MOST_ROWS = max(LOOKED_THROUGH, CappedPaginator.most) + 2_000
# Above this many rows nothing is read from end to end for a page; a part of a table that is hardly
# longer than the part is found in no shorter way.
_FEW = 2 * MOST_ROWS


def prove(name: str, sql: str) -> None:
    """Ends the bench where a query looks at too much."""
    for part in _parts_of(sql):
        is_whole = part["Node Type"] == "Seq Scan"
        if is_whole and _rows_of(str(part["Relation Name"])) > _FEW:
            raise SystemExit(f"{name}: {part['Relation Name']} is read from end to end: {sql}")
        if (rows := _looked_at(part)) > (_FEW if is_whole else MOST_ROWS):
            raise SystemExit(f"{name}: {rows:,} rows are looked at: {sql}")


def most_rows_of(sql: str) -> int:
    """How many rows the part of its plan looks at that looks at most."""
    return max(map(_looked_at, _parts_of(sql)), default=0)


def _parts_of(sql: str) -> Iterator[dict[str, object]]:
    """None of what does not read."""
    # A cursor is declared for what is read piece by piece.
    reading = sql.partition(" FOR ")[2] if sql.startswith("DECLARE") else sql.strip()
    if not reading.startswith(("SELECT", "WITH")):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {reading}")
        plan = cursor.fetchone()[0][0]["Plan"]
    yield from _parts(plan)


def _parts(plan: dict[str, object]) -> Iterator[dict[str, object]]:
    yield plan
    below = plan.get("Plans")
    for part in below if isinstance(below, list) else []:
        yield from _parts(part)


def _looked_at(part: dict[str, object]) -> int:
    """Rows that this part of a plan found, and those that it left out, in all its turns."""
    counted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    each = sum(float(str(part.get(name, 0))) for name in counted)
    return round(each * float(str(part["Actual Loops"])))


def _rows_of(relation: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [relation])
        return int(cursor.fetchone()[0])
