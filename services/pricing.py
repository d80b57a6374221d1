"""What an order costs. Pure: rows in, a quote out; one rounding, in wallet.money."""

from __future__ import annotations

from dataclasses import dataclass

from services.models import Service
from wallet import money


class QuoteRefused(Exception):
    """This quantity of this service cannot be ordered."""


class Unavailable(QuoteRefused):
    """The service is not on sale."""


class BelowMinimum(QuoteRefused):
    """Fewer units than the service takes."""


class AboveMaximum(QuoteRefused):
    """More units than the service takes."""


class PriceTooSmall(QuoteRefused):
    """The charge rounds to nothing, and the service is not marked free."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A price as it was computed, with what proves later that it still holds."""

    service_id: int
    revision: int
    own_rate_micros: int | None
    rate_micros: int
    quantity: int
    charge_micros: int


def rate_of(*, service: Service, own_rate_micros: int | None) -> int:
    """Micros per 1000 for this customer: the own price if there is one, else the list price."""
    return service.rate_micros if own_rate_micros is None else own_rate_micros


def quote(*, service: Service, own_rate_micros: int | None, quantity: int) -> Quote:
    """The exact charge in micros. Raises QuoteRefused (Unavailable, BelowMinimum, AboveMaximum,
    PriceTooSmall). Source: docs/ledger.md, "Unit"; ORD-01, CAT-02."""
    if not service.is_active:
        raise Unavailable
    if quantity < service.min_quantity:
        raise BelowMinimum
    if quantity > service.max_quantity:
        raise AboveMaximum
    rate_micros = rate_of(service=service, own_rate_micros=own_rate_micros)
    charge_micros = money.price_of(rate_micros=rate_micros, quantity=quantity)
    if charge_micros == 0 and not service.is_free:
        raise PriceTooSmall
    return Quote(
        service_id=service.pk,
        revision=service.revision,
        own_rate_micros=own_rate_micros,
        rate_micros=rate_micros,
        quantity=quantity,
        charge_micros=charge_micros,
    )
