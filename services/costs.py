"""What a service costs the house, held against the lowest price that anybody pays for it.

Per 1000 in micros of a dollar, of a package for the whole. The provider's price is in its own
currency; how much that is in dollars is the operator's display rate. Source: docs/placing.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, F, Func, Min, Value
from django.utils import timezone

from services.models import CustomPrice, PriceGroup, ProviderService, Service
from wallet.currencies import LEDGER_CURRENCY
from wallet.models import DisplayRate

MICROS_PER_DOLLAR = 1_000_000
WHOLE_BP = 10_000
# So far may a rate be from the one that a person kept, and still make prices unseen.
RATE_LEAP_BP = 1000


@dataclass(frozen=True, slots=True)
class Loss:
    """A price below the cost; `cost_micros` is None where nobody has given a rate."""

    price_micros: int
    cost_micros: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What a dollar is in a currency, in its millionths; `since` is None for the dollar itself."""

    per_dollar_micros: int
    since: datetime | None


def rates_in_force(*, at: datetime) -> dict[str, Rate]:
    """By currency in small letters: of each the newest that has begun; a currency that nobody has
    given a rate for is missing."""
    newest = DisplayRate.objects.filter(since__lte=at).latest_of_each()
    found = {row.currency: Rate(row.per_dollar_micros, row.since) for row in newest}
    return found | {LEDGER_CURRENCY: Rate(MICROS_PER_DOLLAR, None)}


def rates_followed(*, at: datetime) -> dict[str, Rate]:
    """By currency: the rate that prices are made with. It is the one in force, unless that is more
    than a tenth away from the one that a person has kept last (of none: from the first) and may be
    mistyped; then the newest that is not. Source: docs/prices.md, "When a cost rises"."""
    begun = DisplayRate.objects.filter(since__lte=at)
    first = begun.order_by("currency", "since", "pk").distinct("currency")
    basis = {row.currency: row for row in first}
    basis |= {row.currency: row for row in begun.filter(is_kept=True).latest_of_each()}
    found = rates_in_force(at=at)
    for currency, kept in basis.items():
        low, high = _near(kept.per_dollar_micros)
        if not low <= found[currency].per_dollar_micros <= high:
            near = begun.filter(currency=currency, per_dollar_micros__range=(low, high))
            row = near.latest("since", "pk")
            found[currency] = Rate(row.per_dollar_micros, row.since)
    return found


def _near(per_dollar_micros: int) -> tuple[int, int]:
    low, high = WHOLE_BP - RATE_LEAP_BP, WHOLE_BP + RATE_LEAP_BP
    return -(-per_dollar_micros * low // WHOLE_BP), per_dollar_micros * high // WHOLE_BP


def in_dollars(*, amount_micros: int, per_dollar_micros: int) -> int:
    """Micros of a dollar, rounded up: a cost is never made smaller than it is."""
    return -(-amount_micros * MICROS_PER_DOLLAR // per_dollar_micros)


def is_covered(offer: ProviderService, rate_micros: int) -> bool:
    """Whether a price per 1000 is provably no less than what the provider takes for it."""
    cost = _in_dollars(offer)
    return cost is not None and cost <= rate_micros


def loss_on(service: Service) -> Loss | None:
    """Whether somebody would order it below cost; None where every price is known to cover it."""
    offer = service.provider_service
    if offer is None or service.is_free:
        return None
    price, cost = _lowest_price(service), _in_dollars(offer)
    if cost is not None and cost <= price:
        return None
    return Loss(price_micros=price, cost_micros=cost, currency=offer.provider.currency.upper())


def _in_dollars(offer: ProviderService) -> int | None:
    """None where nobody has given a rate for the provider's currency."""
    per_dollar = _per_dollar_micros(offer.provider.currency.lower())
    if per_dollar is None:
        return None
    return in_dollars(amount_micros=offer.dearest_micros, per_dollar_micros=per_dollar)


def _lowest_price(service: Service) -> int:
    """Of the list price, prices of customers' own and the prices of all groups."""
    own = CustomPrice.objects.filter(service=service).aggregate(lowest=Min("rate_micros"))
    group_rate = Func(
        F("pk"),
        Value(service.pk),
        function="services_group_rate",
        output_field=BigIntegerField(null=True),
    )
    groups = PriceGroup.objects.aggregate(lowest=Min(group_rate))
    prices = (service.rate_micros, own["lowest"], groups["lowest"])
    return min(price for price in prices if price is not None)


def _per_dollar_micros(currency: str) -> int | None:
    if currency == LEDGER_CURRENCY:
        return MICROS_PER_DOLLAR
    rates = DisplayRate.objects.filter(currency=currency, since__lte=timezone.now())
    return rates.order_by("-since", "-pk").values_list("per_dollar_micros", flat=True).first()
