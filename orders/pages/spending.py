"""What a customer's orders cost over time, by platform.

An order counts on the day it was placed, with its charge less what came back of it: that is what
the order cost, whenever the refund arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Sum
from django.db.models.functions import TruncDate, TruncMonth, TruncWeek
from django.utils import timezone

from orders.models import Order

CHART_WIDTH, CHART_HEIGHT = 600, 120
# Days looked back -> how they are put together, and the first day of the step after one.
_STEPS: dict[int, tuple[type, Callable[[date], date]]] = {
    30: (TruncDate, lambda day: day + timedelta(days=1)),
    90: (TruncWeek, lambda day: day + timedelta(weeks=1)),
    365: (TruncMonth, lambda day: (day.replace(day=28) + timedelta(days=4)).replace(day=1)),
}
PERIODS = tuple(_STEPS)


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of time: what it cost, and its place in the drawing."""

    first_on: date
    micros: int
    by_platform: list[int]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Spending:
    days: int
    bars: list[Bar]
    platforms: list[str]
    totals: list[int]
    total_micros: int
    most_micros: int


def read_spending(*, customer_id: int, days: int, at: datetime) -> Spending:
    """The last `days` (one of PERIODS) in days, weeks or months of the active time zone."""
    trunc, step = _STEPS[days]
    last = timezone.localtime(at).date()
    first = _start_of(last - timedelta(days=days - 1), days)
    sums = _sums(customer_id=customer_id, first=first, trunc=trunc)
    platforms = sorted({platform for _on, platform in sums})
    steps = [first]
    while (after := step(steps[-1])) <= last:
        steps.append(after)
    parts = [[sums.get((on, platform), 0) for platform in platforms] for on in steps]
    most = max(map(sum, parts), default=0)
    return Spending(
        days=days,
        bars=[
            _bar(number, on, part, most, len(steps))
            for number, (on, part) in enumerate(zip(steps, parts, strict=True))
        ],
        platforms=platforms,
        totals=[sum(column) for column in zip(*parts, strict=True)],
        total_micros=sum(map(sum, parts)),
        most_micros=most,
    )


def _sums(*, customer_id: int, first: date, trunc: type) -> dict[tuple[date, str], int]:
    since = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    rows = (
        Order.objects.visible_to(customer_id)
        .filter(created_at__gte=since)
        .annotate(step=trunc("created_at"), platform=F("service__category__platform__name"))
        .values("step", "platform")
        .order_by()
        .annotate(micros=Sum(F("charge_micros") - F("refunded_micros")))
    )
    return {(_day(row["step"]), row["platform"]): row["micros"] for row in rows}


def _day(step: date | datetime) -> date:
    return timezone.localtime(step).date() if isinstance(step, datetime) else step


def _start_of(day: date, days: int) -> date:
    """The first day of the step that `day` is in."""
    if days == 365:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if days == 90 else day


def _bar(number: int, on: date, part: list[int], most: int, count: int) -> Bar:
    pitch = CHART_WIDTH / count
    height = round(sum(part) * CHART_HEIGHT / most, 1) if most else 0
    return Bar(
        first_on=on,
        micros=sum(part),
        by_platform=part,
        x=round(number * pitch + pitch * 0.1, 1),
        y=CHART_HEIGHT - height,
        width=round(pitch * 0.8, 1),
        height=height,
    )
