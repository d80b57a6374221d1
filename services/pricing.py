"""What an order costs. Pure: rows in, a quote out; one rounding, in wallet.money."""

from __future__ import annotations

from dataclasses import dataclass

from services.models import Service
from services.types import Counting, spec_of
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
    """A price as it was computed, with what proves later that it still holds.

    `quantity` is per run, or per post of a subscription; `runs` is None for a plain order and for
    a subscription without an end, which costs nothing until a post appears.
    """

    service_id: int
    revision: int
    own_rate_micros: int | None
    rate_micros: int
    quantity: int
    runs: int | None
    charge_micros: int

    @property
    def units(self) -> int:
        """What the charge is for: docs/ledger.md, "Unit"."""
        return self.quantity * (self.runs or 1)


def rate_of(*, service: Service, own_rate_micros: int | None) -> int:
    """Micros per 1000 for this customer: the own price if there is one, else the list price.
    Of a package it is the price of the whole."""
    return service.rate_micros if own_rate_micros is None else own_rate_micros


def quote(
    *, service: Service, own_rate_micros: int | None, quantity: int, runs: int | None = None
) -> Quote:
    """The exact charge in micros. Raises QuoteRefused (Unavailable, BelowMinimum, AboveMaximum,
    PriceTooSmall). Source: docs/ledger.md, "Unit"; docs/service-types.md; ORD-01, CAT-02."""
    if not service.is_active:
        raise Unavailable
    _check_limits(service, quantity=quantity, runs=runs)
    rate_micros = rate_of(service=service, own_rate_micros=own_rate_micros)
    charge_micros = charge_of(
        type_name=service.type, rate_micros=rate_micros, quantity=quantity, runs=runs
    )
    if charge_micros > money.MAX_MICROS:
        raise AboveMaximum
    if charge_micros == 0 and not (service.is_free or _is_charged_later(service.type, runs)):
        raise PriceTooSmall
    return Quote(
        service_id=service.pk,
        revision=service.revision,
        own_rate_micros=own_rate_micros,
        rate_micros=rate_micros,
        quantity=quantity,
        runs=runs,
        charge_micros=charge_micros,
    )


def charge_of(*, type_name: str, rate_micros: int, quantity: int, runs: int | None) -> int:
    """Micros at `rate_micros`, whether it is what customers pay or what a provider takes."""
    if spec_of(type_name).is_package:
        return rate_micros
    if _is_charged_later(type_name, runs):
        return 0
    return money.price_of(rate_micros=rate_micros, quantity=quantity * (runs or 1))


def _is_charged_later(type_name: str, runs: int | None) -> bool:
    """A subscription without an end: each post is charged when it appears."""
    return spec_of(type_name).counting == Counting.PER_POST and runs is None


def _check_limits(service: Service, *, quantity: int, runs: int | None) -> None:
    """The least holds for each run, the most for all of them; of a subscription both hold for one
    post. A package is one, whatever its limits say."""
    spec = spec_of(service.type)
    if spec.is_package:
        return
    if quantity < service.min_quantity:
        raise BelowMinimum
    is_per_post = spec.counting == Counting.PER_POST
    if quantity * (1 if is_per_post else runs or 1) > service.max_quantity:
        raise AboveMaximum
