"""What was: the outages of a provider and what our balance there did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models.functions import TruncDate

from services.health.balances import WEEK
from services.models import BalanceReading, Outage
from wallet.money import MICROS_PER_UNIT

SHOWN_OUTAGES = 20
SHOWN_DAYS = timedelta(days=14)
# Points of the curve; more than one reading in so much time shows nothing more.
CURVE_POINTS = 84
CURVE_WIDTH, CURVE_HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The last reading of a day (UTC) and how it differs from the day before."""

    on: date
    amount: Decimal
    currency: str
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The area below the balance of a week, drawn from zero in CURVE_WIDTH by CURVE_HEIGHT."""

    points: str
    since: datetime
    highest: Decimal


def outages_of(provider_id: int) -> list[Outage]:
    """The newest first."""
    return list(Outage.objects.filter(provider=provider_id).order_by("-began_at")[:SHOWN_OUTAGES])


def day_ends(*, provider_id: int, at: datetime) -> list[DayEnd]:
    """The newest first; days without a reading are left out."""
    recent = BalanceReading.objects.filter(provider=provider_id, read_at__gte=at - SHOWN_DAYS)
    ends = recent.annotate(day=TruncDate("read_at")).order_by("-day", "-read_at").distinct("day")
    rows = list(ends.values_list("day", "amount_micros", "currency"))
    found = []
    for place, (on, micros, currency) in enumerate(rows):
        before = rows[place + 1] if place + 1 < len(rows) else None
        is_comparable = before is not None and before[2] == currency
        change = _units(micros - before[1]) if before and is_comparable else None
        found.append(DayEnd(on, _units(micros), currency.upper(), change))
    return found


def curve(*, provider_id: int, at: datetime) -> Curve | None:
    """The balance of the week; None where all readings fall into one slot of time."""
    since = at - WEEK
    recent = BalanceReading.objects.filter(provider=provider_id, read_at__gte=since)
    readings = list(recent.order_by("read_at").values_list("read_at", "amount_micros"))
    # The last reading of every slot of time, so that a falling edge stays one.
    slots = {int((read_at - since) / WEEK * CURVE_POINTS): micros for read_at, micros in readings}
    if len(slots) < 2:
        return None
    highest = max(0, *slots.values())
    corners = [
        (slot * CURVE_WIDTH // CURVE_POINTS, _height_of(micros, highest=highest))
        for slot, micros in slots.items()
    ]
    edges = [(corners[0][0], CURVE_HEIGHT), *corners, (corners[-1][0], CURVE_HEIGHT)]
    points = " ".join(f"{x},{y}" for x, y in edges)
    return Curve(points, since, _units(highest))


def _height_of(micros: int, *, highest: int) -> int:
    """Down from the upper edge; a balance below zero lies on the lower one."""
    return CURVE_HEIGHT - max(0, micros) * CURVE_HEIGHT // max(1, highest)


def _units(micros: int) -> Decimal:
    return Decimal(micros) / MICROS_PER_UNIT
