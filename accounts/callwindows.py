"""How often somebody has called within a minute, as accounts/sql/admit.sql counts it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

WINDOW = timedelta(minutes=1)


def count_call(*, bucket: str, at: datetime) -> int:
    """How many there have been of something within a minute, with this one: exactly, also where
    many come at once, who wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT calls FROM accounts_count_calls(ARRAY[%s], %s)", [bucket, at])
        number: int = cursor.fetchone()[0]
    return number


def forget_old(*, at: datetime) -> None:
    """Deletes the windows that are over, of whoever has not called again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_callwindow WHERE opened_at <= %s", [at - timedelta(hours=1)]
        )
