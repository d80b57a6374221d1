"""What each kind of account moved on each day (UTC): kept once a night, so that reports of years
need not walk through all transfers.

The last days are worked out anew each time, because a transfer carries the time of its cause and
may be written a little later. What is not kept yet is read from the transfers themselves: a report
is right at any moment, with or without the nightly run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection
from django.db.models import Max

from wallet.models import DailyTotal

# A transfer is written within minutes of its time; a worker that stood still, within days.
SETTLING_DAYS = 3
_BEGINNING = date(2000, 1, 1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """One kind of account on one day, in micros; `label` tells clearing accounts apart."""

    on: date
    kind: str
    label: str
    debits: int
    credits: int

    @property
    def net(self) -> int:
        """What it holds more at the end of the day: credits less debits."""
        return self.credits - self.debits


def roll_up(*, at: datetime) -> int:
    """Keeps every day that is over and not settled yet, up to yesterday; returns how many rows.

    Missed nights are caught up, and a repeat writes the same again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, _between(_settled_until(), at.astimezone(UTC).date()))
        return int(cursor.rowcount)


def moved(*, until: date, since: date = _BEGINNING) -> list[Moved]:
    """All movements of these days, both included, the earliest day first."""
    seam = max(_settled_until(), since)
    kept = DailyTotal.objects.filter(on__gte=since, on__lt=seam, on__lte=until)
    found = [
        Moved(row.on, row.kind, row.label, row.debits_micros, row.credits_micros)
        for row in kept.order_by("on", "kind", "label")
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, _between(seam, until + _DAY))
        return found + [Moved(*row) for row in cursor.fetchall()]


def _settled_until() -> date:
    """The first day whose kept sums may still change."""
    last: date | None = DailyTotal.objects.aggregate(last=Max("on"))["last"]
    return last - (SETTLING_DAYS - 1) * _DAY if last else _BEGINNING


def _between(first: date, end: date) -> dict[str, datetime]:
    """From the start of the first day to the start of the last, which is left out."""
    return {
        "since": datetime.combine(first, time.min, UTC),
        "before": datetime.combine(end, time.min, UTC),
    }


_MOVED = """
SELECT (legs.created_at AT TIME ZONE 'UTC')::date AS day, a.kind, a.label,
       sum(legs.debit)::bigint, sum(legs.credit)::bigint
  FROM (SELECT debit_account_id AS account_id, created_at,
               amount_micros AS debit, 0 AS credit
          FROM wallet_transfer
         WHERE created_at >= %(since)s AND created_at < %(before)s
        UNION ALL
        SELECT credit_account_id, created_at, 0, amount_micros
          FROM wallet_transfer
         WHERE created_at >= %(since)s AND created_at < %(before)s) legs
  JOIN wallet_account a ON a.id = legs.account_id
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_KEEP = (
    """INSERT INTO wallet_dailytotal ("on", kind, label, debits_micros, credits_micros)"""
    + _MOVED
    + """ON CONFLICT ("on", kind, label) DO UPDATE
   SET debits_micros = excluded.debits_micros, credits_micros = excluded.credits_micros"""
)
