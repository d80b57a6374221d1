"""What the database holds: as one number per table to compare, or as text to search."""

from __future__ import annotations

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
