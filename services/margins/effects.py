"""What a change of prices does, before it is made: line by line, in sum, and whom it hits.

The digest stands for everything that was shown; who applies brings it along, so that nothing else
is applied than what somebody looked at.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from services.margins import reading
from services.margins.arithmetic import change_bp, margin_bp
from services.margins.reading import Priced, Terms
from services.models import CustomPrice, Service

# Whoever ordered a service in so many days notices that its price changes.
CUSTOMERS_OF = timedelta(days=90)


class Changed(Exception):
    """What would be done now is not what was shown: look again."""


@dataclass(frozen=True, slots=True)
class Line:
    """One service whose terms change; `is_at_cost` where the cost stopped the price."""

    row: Priced
    terms: Terms
    is_at_cost: bool = False

    @property
    def old_micros(self) -> int:
        return self.row.terms.rate_micros

    @property
    def new_micros(self) -> int:
        return self.terms.rate_micros

    @property
    def change_bp(self) -> int:
        return change_bp(self.old_micros, self.new_micros)

    @property
    def old_margin_bp(self) -> int | None:
        return margin_bp(self.old_micros, self.terms.floor_micros)

    @property
    def new_margin_bp(self) -> int | None:
        return margin_bp(self.new_micros, self.terms.floor_micros)

    @property
    def changes_hands(self) -> bool:
        return self.row.terms.priced_by != self.terms.priced_by

    @property
    def comes_back(self) -> bool:
        return self.terms.is_active and not self.row.terms.is_active

    @property
    def goes_off(self) -> bool:
        return self.row.terms.is_active and not self.terms.is_active

    @property
    def is_seen(self) -> bool:
        is_moved = self.row.terms.is_active != self.terms.is_active
        return self.old_micros != self.new_micros or self.changes_hands or is_moved


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the greatest change, in hundredths of a percent."""

    least_bp: int
    median_bp: int
    most_bp: int


@dataclass(frozen=True, slots=True)
class Effects:
    """`looked_at` services were chosen; `lines` are all rows that are written, also where only the
    cost in dollars is new; `left_out` counts the reasons of those that cannot change."""

    looked_at: int
    lines: list[Line]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def seen(self) -> list[Line]:
        """The lines in which a price, who makes it, or the sale changes."""
        return [line for line in self.lines if line.is_seen]

    @property
    def spread(self) -> Spread | None:
        changes = [line.change_bp for line in self.seen]
        if not changes:
            return None
        return Spread(min(changes), int(statistics.median(changes)), max(changes))

    @property
    def up(self) -> int:
        return self._count(lambda line: line.new_micros > line.old_micros)

    @property
    def down(self) -> int:
        return self._count(lambda line: line.new_micros < line.old_micros)

    @property
    def at_cost(self) -> int:
        return self._count(lambda line: line.is_at_cost)

    @property
    def to_rules(self) -> int:
        rule = Service.PricedBy.RULE
        return self._count(lambda line: line.changes_hands and line.terms.priced_by == rule)

    @property
    def to_hand(self) -> int:
        hand = Service.PricedBy.HAND
        return self._count(lambda line: line.changes_hands and line.terms.priced_by == hand)

    @property
    def back(self) -> int:
        return self._count(lambda line: line.comes_back)

    @property
    def digest(self) -> str:
        """Of everything that is stored, and from what it was made."""
        seen = hashlib.sha256()
        for line in self.lines:
            seen.update(f"{line.row.pk} {line.row.terms} {line.terms};".encode())
        return seen.hexdigest()

    @property
    def off(self) -> int:
        return self._count(lambda line: line.goes_off)

    def _count(self, is_meant: Callable[[Line], bool]) -> int:
        return sum(map(is_meant, self.lines))


def check(effects: Effects, *, digest: str) -> None:
    """Raises Changed unless the digest is that of what was shown."""
    if effects.digest != digest:
        raise Changed


def lines_of(decided: Iterable[tuple[Priced, Terms]]) -> list[Line]:
    """Those that change."""
    return [Line(row, terms) for row, terms in decided if terms != row.terms]


def rows_by_number(service_ids: Collection[int]) -> list[Priced]:
    return reading.read(Service.objects.filter(pk__in=service_ids))


def customers_hit(service_ids: Collection[int], *, at: datetime) -> int:
    """How many customers ordered one of these lately and pay a price that follows the list."""
    return _buyers(service_ids, at=at).values("pk").distinct().count()


def customers_by_service(service_ids: Collection[int], *, at: datetime) -> dict[int, int]:
    """The same for each of a few services."""
    counted = (
        _buyers(service_ids, at=at)
        .values_list("orders__service_id")
        .annotate(number=Count("pk", distinct=True))
        .order_by()
    )
    return {service_id: number for service_id, number in counted if service_id is not None}


def _buyers(service_ids: Collection[int], *, at: datetime) -> QuerySet[User]:
    """Customers, joined with their orders: the relation is theirs, whoever keeps the orders."""
    own = CustomPrice.objects.filter(customer=OuterRef("pk"), service=OuterRef("orders__service"))
    return User.objects.filter(
        ~Exists(own),
        orders__service__in=service_ids,
        orders__created_at__gte=at - CUSTOMERS_OF,
    )
