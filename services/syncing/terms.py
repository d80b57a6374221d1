"""What a provider's service costs and can do, as one value: of a list that was read, or held."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal

from services.providers.offers import OfferedService
from services.syncing.cleaning import clean_name
from wallet.money import MICROS_PER_UNIT

# A cost above this, per 1000 and in any currency, is no price.
MOST_COST_MICROS = 10**15
# What the columns of limits can hold; an order is never larger.
MOST_QUANTITY = 2**31 - 1
TYPE_LIMIT = 100


class Unsound(ValueError):
    """Names what is wrong with one line of a list."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under the names of the columns of ProviderService; `cost_micros` in the provider's currency,
    per 1000, of a package for the whole."""

    name: str
    raw_name: str
    raw_category: str
    raw_type: str
    description: str
    cost_micros: int
    min_quantity: int
    max_quantity: int
    can_refill: bool
    can_cancel: bool
    can_drip_feed: bool

    def values(self) -> dict[str, object]:
        return asdict(self)


FIELDS = tuple(Terms.__dataclass_fields__)


def terms_of(service: OfferedService) -> Terms:
    """A line of a list as we would hold it; a minimum of none is one. Raises Unsound."""
    least = max(service.min_quantity, 1)
    most = min(service.max_quantity, MOST_QUANTITY)
    if least > most:
        raise Unsound("bad_limits")
    return Terms(
        name=clean_name(service.name) or f"#{service.external_id}",
        raw_name=service.name,
        raw_category=service.category,
        raw_type=service.type[:TYPE_LIMIT],
        description=service.description,
        cost_micros=_cost_micros(service.rate),
        min_quantity=least,
        max_quantity=most,
        can_refill=service.has_refill,
        can_cancel=service.has_cancel,
        can_drip_feed=service.has_dripfeed,
    )


def _cost_micros(rate: Decimal) -> int:
    """Rounded up: a cost is never made smaller than it is."""
    whole, part = rate.as_integer_ratio()
    cost = -(-whole * MICROS_PER_UNIT // part)
    if cost > MOST_COST_MICROS:
        raise Unsound("rate_too_large")
    return cost
