"""What changed in the catalogue, as people read it: by day, kind and platform.

An import changes thousands of services at once, so that a list of single changes would be a flood:
of each group the newest few are named and the others are counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDay
from django.utils import timezone

from services.models import CatalogueUpdate, Platform, Service

Kind = CatalogueUpdate.Kind

WINDOW_DAYS = 7
NAMED = 5
# As many changes as one page counts; a day is never cut.
MOST_CHANGES = 5_000
PRICES = (Kind.PRICE_UP, Kind.PRICE_DOWN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader wants to see: changes before a day, of some kinds, of some services."""

    before: date
    kinds: Collection[str] = tuple(Kind)
    country: str = ""
    favourites_of: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one kind on one platform on one day: `count` of them, the newest are `named`."""

    day: date
    kind: Kind
    platform: Platform
    count: int
    named: Sequence[CatalogueUpdate]

    @property
    def newest_at(self) -> datetime:
        return max(update.at for update in self.named)

    @property
    def further(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True)
class Week:
    """The groups of the last seven days that have any; `older_before` leads to those before."""

    groups: list[Group]
    older_before: date | None


def week(asked: Asked) -> Week:
    """The newest week with a change before the day that is asked for, in the reader's own days."""
    wanted = _wanted(asked)
    newest = wanted.filter(at__lt=_midnight(asked.before)).order_by("-at", "-id").first()
    if newest is None:
        return Week([], None)
    last = timezone.localtime(newest.at).date()
    first = _first_day(wanted, last)
    within = wanted.filter(at__gte=_midnight(first), at__lt=_midnight(last + timedelta(days=1)))
    has_older = wanted.filter(at__lt=_midnight(first)).exists()
    return Week(list(_groups(within)), first if has_older else None)


def _first_day(wanted: QuerySet[CatalogueUpdate], last: date) -> date:
    """As far back as a week, or as MOST_CHANGES: a sale of everything is a day of its own."""
    first = last - timedelta(days=WINDOW_DAYS - 1)
    within = wanted.filter(at__gte=_midnight(first), at__lt=_midnight(last + timedelta(days=1)))
    days = within.annotate(day=TruncDay("at")).values_list("day").annotate(Count("id"))
    reached, total = last, 0
    for day, count in days.order_by("-day"):
        total += count
        if total > MOST_CHANGES and day.date() != last:
            break
        reached = day.date()
    return reached


def _wanted(asked: Asked) -> QuerySet[CatalogueUpdate]:
    services = Service.objects.sold_in(asked.country)
    rows = CatalogueUpdate.objects.filter(kind__in=asked.kinds)
    if asked.favourites_of is not None:
        return rows.filter(service__in=services.filter(favourites__customer=asked.favourites_of))
    return rows.filter(service__in=services) if asked.country else rows


def _groups(rows: QuerySet[CatalogueUpdate]) -> Iterator[Group]:
    alike = [F("day"), F("kind"), F("service__category__platform")]
    counted = rows.annotate(day=TruncDay("at")).annotate(
        place=Window(RowNumber(), partition_by=alike, order_by="-id"),
        alike=Window(Count("id"), partition_by=alike),
    )
    named = (
        counted.filter(place__lte=NAMED)
        .select_related("service__category__platform")
        .order_by(
            "-day",
            "kind",
            "service__category__platform__position",
            "service__category__platform__name",
            "-id",
        )
    )
    for (day, kind, _platform), found in groupby(named, key=_alike):
        updates = list(found)
        yield Group(
            day=day,
            kind=Kind(kind),
            platform=updates[0].service.category.platform,
            count=updates[0].alike,
            named=updates,
        )


def _alike(update: CatalogueUpdate) -> tuple[date, str, int]:
    day: datetime = update.day  # type: ignore[attr-defined]  # annotated by _groups
    return day.date(), update.kind, update.service.category.platform_id


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
