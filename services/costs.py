"""What a service costs the house, held against the lowest price that anybody pays for it.

Per 1000 in micros of a dollar, of a package for the whole. The provider's price is in its own
currency; how much that is in dollars is the operator's display rate. Source: docs/placing.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.models import CustomPrice, ProviderService, Service
from wallet.currencies import LEDGER_CURRENCY
from wallet.models import DisplayRate

MICROS_PER_DOLLAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Loss:
    """A price below the cost; `cost_micros` is None where nobody has given a rate."""

    price_micros: int
    cost_micros: int | None
    currency: str


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
    return in_dollars(amount_micros=offer.cost_micros, per_dollar_micros=per_dollar)


def _lowest_price(service: Service) -> int:
    own = CustomPrice.objects.filter(service=service).order_by("rate_micros")
    lowest = own.values_list("rate_micros", flat=True).first()
    return service.rate_micros if lowest is None else min(lowest, service.rate_micros)


def _per_dollar_micros(currency: str) -> int | None:
    if currency == LEDGER_CURRENCY:
        return MICROS_PER_DOLLAR
    rates = DisplayRate.objects.filter(currency=currency).order_by("-since", "-pk")
    return rates.values_list("per_dollar_micros", flat=True).first()
