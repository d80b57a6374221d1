"""What the probes of a time say, counted in the database. A minute without a probe is neither up
nor down: nobody knows, and the page says how many there were. Source: API-07.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from orders.models import ApiProbe

MINUTE = timedelta(minutes=1)
# The promise: so many of 100 measured minutes, over 30 days.
PROMISED_PERCENT = 99
PROMISED_OVER = timedelta(days=30)
# Without a probe for longer than that, nobody knows how it is now.
SILENT_AFTER = timedelta(minutes=3)
MOST_OUTAGES = 50


@dataclass(frozen=True, slots=True)
class Outage:
    """Consecutive minutes down. `ended_at` is the first minute that was not."""

    began_at: datetime
    ended_at: datetime
    reason: str

    @property
    def lasted(self) -> timedelta:
        return self.ended_at - self.began_at


@dataclass(frozen=True, slots=True)
class Measured:
    """Minutes of a window, and how fast the answers were in milliseconds (None without one).
    `outages` are the newest MOST_OUTAGES; `longest` is that of all of them."""

    since: datetime
    minutes: int
    up: int
    down: int
    usual_ms: int | None
    slow_ms: int | None
    outages: Sequence[Outage]
    longest: timedelta

    @property
    def known(self) -> int:
        return self.up + self.down

    @property
    def unknown(self) -> int:
        return self.minutes - self.known

    @property
    def time_unknown(self) -> timedelta:
        return self.unknown * MINUTE

    @property
    def hundredths(self) -> int | None:
        """Hundredths of a percent in which it was up, rounded down: 9,999 is 99.99 %."""
        return self.up * 10_000 // self.known if self.known else None

    @property
    def time_down(self) -> timedelta:
        return self.down * MINUTE

    @property
    def is_promise_kept(self) -> bool:
        return self.up * 100 >= self.known * PROMISED_PERCENT


@dataclass(frozen=True, slots=True)
class Now:
    """The newest probe, if there ever was one; `is_known` unless it is too old to say anything."""

    last: ApiProbe | None
    is_known: bool

    @property
    def is_up(self) -> bool:
        return self.is_known and self.last is not None and self.last.is_up

    def is_within(self, outage: Outage) -> bool:
        """Whether that outage goes on."""
        if self.last is None or not self.is_known or self.last.is_up:
            return False
        return outage.ended_at >= self.last.minute


def now_at(at: datetime) -> Now:
    last = ApiProbe.objects.filter(minute__lte=at).order_by("-minute").first()
    return Now(last, last is not None and at - last.minute <= SILENT_AFTER)


def allowed_down() -> timedelta:
    """What the promise lets be down: 7 hours 12 minutes of 30 days."""
    return PROMISED_OVER * (100 - PROMISED_PERCENT) / 100


def measured(windows: Mapping[str, timedelta], *, at: datetime) -> dict[str, Measured]:
    """Each window up to the last whole minute, by its name."""
    until = at.replace(second=0, microsecond=0)
    return {name: _measured(until - lasts, until) for name, lasts in windows.items()}


_MEASURE = """
SELECT count(*) FILTER (WHERE is_up), count(*) FILTER (WHERE NOT is_up),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY took_ms) FILTER (WHERE is_up),
       percentile_disc(0.95) WITHIN GROUP (ORDER BY took_ms) FILTER (WHERE is_up)
  FROM orders_apiprobe WHERE minute >= %(since)s AND minute < %(until)s
"""
# Minutes in a row keep their distance to their place among all minutes down.
_OUTAGES = """
SELECT began_at, ended_at, reason, max(ended_at - began_at) OVER () AS longest
  FROM (SELECT min(minute) AS began_at, max(minute) + interval '1 minute' AS ended_at,
               (array_agg(reason ORDER BY minute))[1] AS reason
          FROM (SELECT minute, reason,
                       minute - row_number() OVER (ORDER BY minute) * interval '1 minute'
                           AS island
                  FROM orders_apiprobe
                 WHERE NOT is_up AND minute >= %(since)s AND minute < %(until)s) AS down
         GROUP BY island) AS outages
 ORDER BY began_at DESC LIMIT %(most)s
"""


def _measured(since: datetime, until: datetime) -> Measured:
    window: dict[str, datetime | int] = {"since": since, "until": until, "most": MOST_OUTAGES}
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, window)
        up, down, usual_ms, slow_ms = cursor.fetchone()
        cursor.execute(_OUTAGES, window)
        outages = cursor.fetchall()
    return Measured(
        since=since,
        minutes=(until - since) // MINUTE,
        up=up,
        down=down,
        usual_ms=usual_ms,
        slow_ms=slow_ms,
        outages=[Outage(began_at, ended_at, reason) for began_at, ended_at, reason, _ in outages],
        longest=outages[0][3] if outages else timedelta(),
    )
