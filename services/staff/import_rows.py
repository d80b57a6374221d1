"""What the import shows before it is done: the provider's categories with the places that they
would get, and a few services with the names and prices that they would have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, QuerySet

from services.margins.arithmetic import margin_bp
from services.margins.reading import Priced, Terms
from services.margins.repricing import Today, today
from services.margins.rules import RuleBook, Scope
from services.models import Provider, ProviderService, Service
from services.staff.import_forms import MOST_CATEGORIES
from services.syncing import places
from services.syncing.describing import brands_of
from services.syncing.importing import Margin, name_of, unsold
from services.syncing.places import Place, Suggestion

_SAMPLES = 8
_NAMES_SHOWN = 3
_NO_TERMS = Terms(
    rate_micros=0,
    floor_micros=None,
    accepted_micros=None,
    priced_by=Service.PricedBy.RULE,
    is_active=False,
    off_reason="",
)


@dataclass(frozen=True, slots=True)
class RawCategory:
    """One of the provider's, with how many of its services have none of ours, and some names."""

    raw: str
    services: int
    names: list[str]
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Sample:
    """A service as it would be. Micros per 1000 (of a package for the whole) in dollars; None
    where a rate or a rule is missing."""

    offer: ProviderService
    name: str
    floor_micros: int | None
    price_micros: int | None
    margin_bp: int | None


def raw_categories(provider_id: int, *, only: str | None = None) -> list[RawCategory]:
    """Those of services without one of ours, the largest first, as many as fit in a form."""
    rows = unsold(provider_id)
    if only is not None:
        rows = rows.filter(raw_category=only)
    grouped = rows.order_by().values_list("raw_category").annotate(count=Count("pk"))
    counts = dict(grouped.order_by("-count", "raw_category")[:MOST_CATEGORIES])
    names: dict[str, list[str]] = defaultdict(list)
    for raw, name in rows.filter(raw_category__in=counts).values_list("raw_category", "name"):
        names[raw].append(name)
    guessed = places.suggestions(provider_id=provider_id, names={raw: names[raw] for raw in counts})
    return [
        RawCategory(raw, count, names[raw][:_NAMES_SHOWN], guessed[raw])
        for raw, count in counts.items()
    ]


def samples(
    provider: Provider, *, chosen: Mapping[str, Place], margin: Margin | None, at: datetime
) -> list[Sample]:
    """From the cheapest to the dearest of what is chosen, at the prices that rules would make."""
    now = today(at=at)
    if margin is not None:
        now = replace(now, book=now.book.replaced(margin.as_rule(provider.pk)))
    numbers = places.numbers_of(set(chosen.values()))
    offers = _spread(unsold(provider.pk).filter(raw_category__in=list(chosen)))
    brands = brands_of(provider)
    return [
        _sample(
            offer,
            name_of(offer, brands=brands, otherwise=chosen[offer.raw_category].category),
            _priced(offer, provider, numbers.get(chosen[offer.raw_category])),
            now,
        )
        for offer in offers
    ]


def has_rule(book: RuleBook, provider_id: int) -> bool:
    """Whether a rule holds for everything that this provider offers."""
    return (Scope.GLOBAL, None) in book.rules or (Scope.PROVIDER, provider_id) in book.rules


def _spread(offers: QuerySet[ProviderService]) -> Collection[ProviderService]:
    ordered = list(offers.order_by("cost_micros", "pk").values_list("pk", flat=True))
    step = max(1, (len(ordered) - 1) // (_SAMPLES - 1))
    picked = {*ordered[::step][: _SAMPLES - 1], *ordered[-1:]}
    return ProviderService.objects.filter(pk__in=picked).order_by("cost_micros", "pk")


def _priced(offer: ProviderService, provider: Provider, place: tuple[int, int] | None) -> Priced:
    """The service that is not there yet; a place that is not there yet has no rules either."""
    platform_id, category_id = place or (0, 0)
    return Priced(
        pk=0,
        name=offer.name,
        category_id=category_id,
        platform_id=platform_id,
        provider_id=provider.pk,
        offer_id=offer.pk,
        cost_micros=offer.cost_micros,
        announced_micros=offer.announced_cost_micros,
        currency=provider.currency.lower(),
        rise_limit_bp=provider.rise_limit_bp,
        is_gone=False,
        is_free=False,
        below_cost=Service.BelowCost.REFUSE,
        terms=_NO_TERMS,
    )


def _sample(offer: ProviderService, name: str, row: Priced, now: Today) -> Sample:
    floor, price = now.floor(row), now.price(row)
    return Sample(
        offer=offer,
        name=name,
        floor_micros=floor,
        price_micros=price,
        margin_bp=None if price is None else margin_bp(price, floor),
    )
