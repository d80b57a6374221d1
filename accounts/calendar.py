"""The clock of promises: "48 hours", "5 working days" from a moment, with weekends and holidays.

A working day is Monday to Friday in UTC, and no holiday; a working hour is an hour of such a day.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, timedelta

from accounts.models import Holiday
from legal.durations import Duration

_SATURDAY = 5


def due_at(*, start: datetime, duration: Duration) -> datetime:
    """The moment by which something promised within `duration` must have happened (WDR-11)."""
    if duration.unit in {"minutes", "hours"}:
        return start + duration.to_timedelta()
    moment = start.astimezone(UTC)
    holidays = frozenset(Holiday.objects.filter(on__gte=moment.date()).values_list("on", flat=True))
    if duration.unit == "working_days":
        return _after_working_days(moment, duration.amount, holidays)
    return _after_working_time(moment, timedelta(hours=duration.amount), holidays)


def _is_working(day: date, holidays: Container[date]) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays


def _after_working_days(moment: datetime, days: int, holidays: Container[date]) -> datetime:
    """The same time of the last of so many working days after today."""
    while days:
        moment += timedelta(days=1)
        days -= _is_working(moment.date(), holidays)
    return moment


def _after_working_time(moment: datetime, left: timedelta, holidays: Container[date]) -> datetime:
    while True:
        midnight = datetime.combine(moment.date() + timedelta(days=1), datetime.min.time(), UTC)
        if _is_working(moment.date(), holidays):
            if moment + left <= midnight:
                return moment + left
            left -= midnight - moment
        moment = midnight
