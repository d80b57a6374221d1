"""What the database holds: as one number per table to compare, or as text to search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Sessions come and go; when somebody was last seen may be noted by a GET.
UNSTEADY_TABLES = {"django_session"}
UNSTEADY_COLUMNS = ["last_login", "last_used_at", "last_used_ip"]


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def checksum() -> dict[str, str]:
    """Number of rows and hash of each table's content."""
    parts = [
        f"SELECT '{table}', count(*) || ' ' || coalesce(md5(string_agg(row, '|' ORDER BY row)), '')"
        f' FROM (SELECT (to_jsonb(t) - %(unsteady)s::text[])::text AS row FROM "{table}" t) AS r'
        for table in tables()
        if table not in UNSTEADY_TABLES
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"unsteady": UNSTEADY_COLUMNS})
        return dict(cursor.fetchall())


def rows() -> dict[str, list[str]]:
    """Every row of every table, as PostgreSQL writes it."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


# What is new each time: times, random keys and numbers, hashes, sealed texts, links in mails.
_UNSTEADY = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+\d\d)?|[0-9a-f]{32,}|md5\$[^,]+|!\w{40}"
    r"|panel(op)?_[\w-]+|[0-9a-f-]{36}|\d{15,}|test:[A-Za-z0-9+/=]+|https?://[^\s,]+"
)


def steady_rows() -> dict[str, list[str]]:
    """Every row, but for what is new each time: two equal acts leave equal rows."""
    return {
        table: sorted(_UNSTEADY.sub("*", row) for row in found)
        for table, found in rows().items()
        if table not in UNSTEADY_TABLES
    }


@contextmanager
def same_numbers() -> Iterator[None]:
    """New rows get the numbers that they would have got before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname='public'"
        )
        positions = cursor.fetchall()
    yield
    with connection.cursor() as cursor:
        for name, last in positions:
            cursor.execute("SELECT setval(%s::regclass, %s, %s)", [name, last or 1, bool(last)])


def money() -> tuple[int, ...]:
    """How much has been moved, asked for and ordered, and how often the admin has saved."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM wallet_transfer),"
            " (SELECT count(*) FROM wallet_deposit),"
            " (SELECT count(*) FROM orders_order),"
            " (SELECT sum(balance_micros) FROM wallet_account),"
            " (SELECT count(*) FROM django_admin_log)"
        )
        found: tuple[int, ...] = cursor.fetchone()
    return found
