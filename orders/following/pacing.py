"""How fast each service was of late: an estimate for customers, from orders that were delivered.

Measured are the last ten completed orders among the last fifty that ended. Of five or more the
fastest and the slowest are left out, so that one odd order does not speak for the service. Written
to `services.Pace`, which every page reads; what it says in words: `services.paces`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import connection

from orders.models import Status
from services.models import Pace
from services.types import spec_of

ENDED = 50
MEASURED = 10
TRIMMED_FROM = 5

# One look into an index for each service; fifty rows only of those with an end that is newer than
# what was measured. A subscription has no pace: it waits for posts.
_ENDS = """
SELECT ended.service_id, s.type, ended.status, ended.units, ended.sent_at, ended.started_at,
       ended.finished_at
  FROM services_service s
  LEFT JOIN services_pace p ON p.service_id = s.id
 CROSS JOIN LATERAL (
       SELECT o.finished_at FROM orders_order o
        WHERE o.service_id = s.id AND o.finished_at IS NOT NULL AND o.sent_at IS NOT NULL
        ORDER BY o.finished_at DESC LIMIT 1) newest
 CROSS JOIN LATERAL (
       SELECT o.service_id, o.status, o.quantity * coalesce(o.runs, 1) AS units, o.sent_at,
              o.started_at, o.finished_at
         FROM orders_order o
        WHERE o.service_id = s.id AND o.finished_at IS NOT NULL AND o.sent_at IS NOT NULL
          AND o.role <> 'subscription'
        ORDER BY o.finished_at DESC LIMIT %s) ended
 WHERE p.measured_at IS NULL OR newest.finished_at >= p.measured_at
 ORDER BY ended.service_id, ended.finished_at DESC
"""


@dataclass(frozen=True, slots=True)
class End:
    """How one order of a service ended."""

    service_id: int
    type: str
    status: str
    units: int
    sent_at: datetime
    started_at: datetime | None
    finished_at: datetime

    @property
    def start(self) -> timedelta:
        """From acceptance to the first count."""
        return (self.started_at or self.finished_at) - self.sent_at

    @property
    def per_1000(self) -> timedelta:
        """Of a package: for the whole. What was done before anybody looked counts from its
        acceptance."""
        seen = self.started_at is not None and self.started_at < self.finished_at
        begun_at = self.started_at if seen and self.started_at else self.sent_at
        took = self.finished_at - begun_at
        return took if spec_of(self.type).is_package else took * 1000 / self.units


def measure_paces(*, at: datetime) -> int:
    """Measures the services of which an order has ended since they were measured last; returns how
    many."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, [ENDED])
        ends = [End(*row) for row in cursor.fetchall()]
    by_service = groupby(ends, key=attrgetter("service_id"))
    paces = [_measure(service_id, list(rows), at) for service_id, rows in by_service]
    Pace.objects.bulk_create(
        paces,
        update_conflicts=True,
        unique_fields=["service"],
        update_fields=[
            "orders",
            "start_minutes_low",
            "start_minutes_high",
            "minutes_per_1000_low",
            "minutes_per_1000_high",
            "ended",
            "completed",
            "measured_at",
        ],
    )
    return len(paces)


def _measure(service_id: int, ends: Sequence[End], at: datetime) -> Pace:
    """`ends` are the newest first."""
    completed = [end for end in ends if end.status == Status.COMPLETED]
    measured = completed[:MEASURED]
    starts = _range([end.start for end in measured])
    per_1000 = _range([end.per_1000 for end in measured])
    return Pace(
        service_id=service_id,
        orders=len(measured),
        start_minutes_low=starts[0],
        start_minutes_high=starts[1],
        minutes_per_1000_low=per_1000[0],
        minutes_per_1000_high=per_1000[1],
        ended=len(ends),
        completed=len(completed),
        measured_at=at,
    )


def _range(times: Sequence[timedelta]) -> tuple[int, int]:
    """The lowest and the highest in whole minutes, without the odd ones; (0, 0) of nothing."""
    ordered = sorted(times)
    if len(ordered) >= TRIMMED_FROM:
        ordered = ordered[1:-1]
    if not ordered:
        return 0, 0
    low, high = (max(0, round(one / timedelta(minutes=1))) for one in (ordered[0], ordered[-1]))
    return low, high
