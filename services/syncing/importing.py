"""Services made of what a provider offers: placed, described for what they are, and priced.

An offer that has a service is left alone, so that importing twice, or two people at once, makes
none twice. Nothing is on sale before its price was made by a rule that is known to cover the cost.
Source: docs/price-lists.md; CAT-04, CAT-06.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.acts import log_act
from accounts.models import User
from services.kinds import type_of
from services.margins import rules
from services.margins.repricing import reprice
from services.margins.rules import Scope
from services.margins.turns import take_turn
from services.models import PriceRule, Provider, ProviderService, Service
from services.syncing import places
from services.syncing.describing import brands_of, plain_description, plain_name
from services.syncing.places import Place
from services.types import ServiceType, spec_of

LONGEST_NAME = 200
# "30 days refill", "Refill 30D", "R30", "365 day guarantee": how long a name promises a refill.
_DAYS = re.compile(
    r"\b(?:(?:refill|r)\W{0,3}(\d{1,3})\W?(?:d|day|days)?"
    r"|(\d{1,3})\W?(?:d|day|days)\W{0,3}(?:refill|guarantee|warranty))\b",
    re.IGNORECASE,
)


class NoRule(Exception):
    """No rule holds for the provider's services: nothing would make their prices."""


@dataclass(frozen=True, slots=True)
class Margin:
    """What is added to the cost: hundredths of a percent, millionths of a dollar per 1000, and the
    step to which prices are rounded up."""

    percent_bp: int
    fixed_micros: int = 0
    step_micros: int = 100

    def as_rule(self, provider_id: int) -> PriceRule:
        return PriceRule(
            provider_id=provider_id,
            percent_bp=self.percent_bp,
            fixed_micros=self.fixed_micros,
            step_micros=self.step_micros,
        )


@dataclass(frozen=True, slots=True)
class ImportChoice:
    """What a person chose for all services of one import.

    `places`: by the provider's category; a category without one is left out. `refill_days`: of
    services with refill whose names tell no days; with 0 these are sold without. `margin`: becomes
    the provider's own rule; None where rules hold already.
    """

    provider_id: int
    places: Mapping[str, Place]
    delivery: Service.Delivery
    goes_on_sale: bool = False
    shows_descriptions: bool = False
    refill_days: int = 0
    margin: Margin | None = None


@dataclass(slots=True)
class Imported:
    """How many services were made, how many of them are on sale, and why the others are not:
    `left_out` of the offers ("has_service", "gone", "no_place", "unknown_type"), `drafts` of the
    services ("no_rate": no rate for the provider's currency)."""

    services: int = 0
    on_sale: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    drafts: Counter[str] = field(default_factory=Counter)


def unsold(provider_id: int) -> QuerySet[ProviderService]:
    """What a provider offers and none of our services is made of."""
    return ProviderService.objects.filter(provider=provider_id, gone_at=None, services=None)


def import_offers(
    *,
    offers: Collection[int],
    choice: ImportChoice,
    actor: User | None,
    ip: str | None = None,
    at: datetime,
) -> Imported:
    """Makes a service of each offer that has none, in one transaction. Raises NoRule."""
    done = Imported()
    with transaction.atomic():
        take_turn()
        _keep_rule(choice, at=at)
        chosen = _importable(offers, choice, done)
        if not chosen:
            return done
        wanted = {one.raw_category: choice.places[one.raw_category] for one in chosen}
        categories = places.remember(provider_id=choice.provider_id, places=wanted)
        made = Service.objects.bulk_create(
            _services(chosen, choice=choice, categories=categories), batch_size=2000
        )
        numbers = [service.pk for service in made]
        reprice(service_ids=numbers, at=at)
        done.services = len(numbers)
        if choice.goes_on_sale:
            _put_on_sale(numbers, done)
        _log(choice, done, actor=actor, ip=ip)
    return done


def refill_days_of(offer: ProviderService, *, otherwise: int) -> int:
    """How long it may be refilled; 0 where it cannot, or where nobody has said how long."""
    if not offer.can_refill:
        return 0
    found = _DAYS.search(offer.raw_name or offer.name)
    days = int(found[1] or found[2]) if found else 0
    return days or otherwise


def _keep_rule(choice: ImportChoice, *, at: datetime) -> None:
    """The margin as the provider's rule; never over one that is there already."""
    book = rules.load()
    widest = ((Scope.GLOBAL, None), (Scope.PROVIDER, choice.provider_id))
    if any(place in book.rules for place in widest):
        return
    if choice.margin is None:
        raise NoRule
    rule = choice.margin.as_rule(choice.provider_id)
    rule.changed_at = at
    rule.save()


def _importable(
    offers: Collection[int], choice: ImportChoice, done: Imported
) -> list[ProviderService]:
    """Read after the turn was taken: what another import has just made is seen here."""
    rows = ProviderService.objects.filter(provider=choice.provider_id, pk__in=offers)
    taken = set(
        Service.objects.filter(provider_service__in=rows).values_list("provider_service", flat=True)
    )
    chosen = []
    for offer in rows.order_by("pk"):
        reason = "has_service" if offer.pk in taken else _hindrance(offer, choice)
        if reason:
            done.left_out[reason] += 1
        else:
            chosen.append(offer)
    return chosen


def _hindrance(offer: ProviderService, choice: ImportChoice) -> str:
    if offer.gone_at is not None:
        return "gone"
    if offer.raw_category not in choice.places:
        return "no_place"
    return "unknown_type" if _type_of(offer) is None else ""


def _type_of(offer: ProviderService) -> ServiceType | None:
    """A provider's service that was written down by hand has no word for its type."""
    return type_of(offer.raw_type) if offer.raw_type else ServiceType.DEFAULT


def _services(
    offers: Collection[ProviderService], *, choice: ImportChoice, categories: Mapping[str, int]
) -> list[Service]:
    brands = brands_of(Provider.objects.get(pk=choice.provider_id))
    return [
        _service(offer, choice=choice, category_id=categories[offer.raw_category], brands=brands)
        for offer in offers
    ]


def name_of(offer: ProviderService, *, brands: frozenset[str], otherwise: str) -> str:
    """As customers read it: what is left of the provider's words, else that of its place."""
    is_number = offer.name == f"#{offer.external_id}"
    plain = "" if is_number else plain_name(offer.name, brands=brands)
    return (plain or otherwise)[:LONGEST_NAME]


def _service(
    offer: ProviderService, *, choice: ImportChoice, category_id: int, brands: frozenset[str]
) -> Service:
    """Off sale and at its cost: the price comes from the rules a moment later."""
    type_name, place = _type_of(offer) or ServiceType.DEFAULT, choice.places[offer.raw_category]
    days = refill_days_of(offer, otherwise=choice.refill_days)
    shown = plain_description(offer.description, brands=brands) if choice.shows_descriptions else ""
    return Service(
        category_id=category_id,
        provider_service=offer,
        name=name_of(offer, brands=brands, otherwise=place.category),
        description=shown,
        type=type_name,
        delivery=choice.delivery,
        rate_micros=max(offer.cost_micros, 1),
        min_quantity=offer.min_quantity,
        max_quantity=offer.max_quantity,
        can_refill=days > 0,
        refill_days=days,
        can_cancel=offer.can_cancel,
        can_drip_feed=offer.can_drip_feed and spec_of(type_name).takes_runs,
        priced_by=Service.PricedBy.RULE,
        is_active=False,
    )


def _put_on_sale(numbers: Collection[int], done: Imported) -> None:
    priced = Service.objects.filter(pk__in=numbers, rate_micros__gte=F("floor_micros"))
    done.on_sale = priced.update(is_active=True)
    if left := done.services - done.on_sale:
        done.drafts["no_rate"] = left


def _log(choice: ImportChoice, done: Imported, *, actor: User | None, ip: str | None) -> None:
    log_act(
        actor=actor,
        act="import services",
        target=f"provider:{choice.provider_id}",
        changes={
            "services": done.services,
            "on_sale": done.on_sale,
            "delivery": choice.delivery,
            "left_out": dict(done.left_out),
        },
        ip=ip,
    )
