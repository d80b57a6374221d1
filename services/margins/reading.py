"""What a service costs and is sold for, with all that its price is made of, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, When
from django.db.models.functions import Lower

from services.kinds import takes
from services.models import Service, ServiceQuerySet

_FIELDS = (
    "type", "min_quantity", "max_quantity", "provider_service__raw_type",
    "provider_service__min_quantity", "provider_service__max_quantity",
    "pk", "name", "category_id", "category__platform_id", "provider_service__provider_id",
    "provider_service_id", "provider_service__cost_micros",
    "provider_service__announced_cost_micros", "currency",
    "provider_service__provider__rise_limit_bp", "provider_service__gone_at",
    "is_free", "below_cost", "rate_micros", "floor_micros", "accepted_micros", "priced_by",
    "is_active", "off_reason",
)  # fmt: skip
_PLACE = _FIELDS.index("pk")


@dataclass(frozen=True, slots=True)
class Terms:
    """What this room decides about a service: columns of services_service, nothing else."""

    rate_micros: int
    floor_micros: int | None
    accepted_micros: int | None
    priced_by: str
    is_active: bool
    off_reason: str


@dataclass(frozen=True, slots=True)
class Priced:
    """A service and the place that decides which rule holds for it; `cost_micros` and
    `announced_micros`, what a price list names and nobody has accepted, are in the provider's
    `currency` (small letters; None while a change of it waits for a person, and the cost in dollars
    stays what it was). Without a provider all of these are None."""

    pk: int
    name: str
    category_id: int
    platform_id: int
    provider_id: int | None
    offer_id: int | None
    cost_micros: int | None
    announced_micros: int | None
    currency: str | None
    rise_limit_bp: int
    is_gone: bool
    is_free: bool
    below_cost: str
    terms: Terms
    # Whether its provider still takes all that is sold.
    is_fit: bool = True

    @property
    def is_by_rule(self) -> bool:
        return self.terms.priced_by == Service.PricedBy.RULE and not self.is_free

    @property
    def is_off_by_panel(self) -> bool:
        """Keeps its price until it is back on sale."""
        return not self.terms.is_active and self.terms.off_reason != ""

    @property
    def is_off_for_cost(self) -> bool:
        return self.is_off_by_panel and self.terms.off_reason == Service.OffReason.COST

    @property
    def may_return(self) -> bool:
        """Whether nothing but its cost keeps it off sale."""
        return self.is_off_for_cost and not self.is_gone and self.is_fit

    @property
    def is_offered(self) -> bool:
        """On sale, or waiting for nothing but a decision about its cost."""
        return self.terms.is_active or self.is_off_for_cost

    @property
    def may_lose(self) -> bool:
        """Whether the operator lets it be sold below its cost."""
        return self.is_free or self.below_cost != Service.BelowCost.REFUSE


def read(services: ServiceQuerySet) -> list[Priced]:
    """In the order of their numbers."""
    of = "provider_service__provider__"
    kept = When(**{f"{of}currency_change__isnull": True}, then=Lower(f"{of}currency"))
    rows = services.annotate(currency=Case(kept))
    return [_priced(found) for found in rows.order_by("pk").values_list(*_FIELDS)]


def _priced(found: tuple[Any, ...]) -> Priced:
    sold, place, terms = found[:_PLACE], found[_PLACE:-6], Terms(*found[-6:])
    named = dict(zip(Priced.__slots__, place, strict=False))
    return Priced(
        **named
        | {"rise_limit_bp": named["rise_limit_bp"] or 0, "is_gone": named["is_gone"] is not None},
        terms=terms,
        is_fit=_is_fit(sold),
    )


def _is_fit(found: tuple[Any, ...]) -> bool:
    kind, least, most, raw_type, lowest, highest = found
    if raw_type is None:
        return True
    return takes(raw_type=raw_type, offered=(lowest, highest), sold_type=kind, sold=(least, most))
