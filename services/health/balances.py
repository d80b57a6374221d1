"""What our balance at a provider was, and how long it lasts.

What was spent is what the balance fell by: that is what the provider really took, in its own
currency, whoever ordered. Readings are a quarter of an hour apart, also while nothing is ordered.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Case, DecimalField, F, Min, When
from django.db.models.functions import Cast

from services.models import BalanceReading, Provider, Service
from services.providers.reports import Balance
from services.types import SPECS
from wallet.money import MICROS_PER_UNIT

EVERY = timedelta(minutes=15)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
# No balance is that large: a provider that says so is answered with the largest that fits.
_LARGEST_MICROS = 2**63 - 1
_PACKAGES = [kind for kind, spec in SPECS.items() if spec.is_package]
# A cost times a quantity may be more than a bigint holds.
_WIDE = DecimalField(max_digits=40, decimal_places=0)


def micros_of(balance: Balance) -> int:
    """In millionths of its currency, within what the books of readings hold."""
    micros = int(balance.amount * MICROS_PER_UNIT)
    return max(-_LARGEST_MICROS, min(micros, _LARGEST_MICROS))


def store(*, provider: Provider, balance: Balance, at: datetime) -> BalanceReading:
    """One more reading, in millionths of the provider's currency."""
    return BalanceReading.objects.create(
        provider=provider,
        amount_micros=micros_of(balance),
        currency=(balance.currency or provider.currency)[:3],
        read_at=at,
    )


def latest(provider_id: int) -> BalanceReading | None:
    return BalanceReading.objects.filter(provider=provider_id).order_by("-read_at").first()


def least_orders(provider_ids: Collection[int]) -> dict[int, int]:
    """What the smallest order that customers can place costs us at each provider, in millionths of
    its currency; without those of which nothing is on sale that costs anything."""
    sold = Service.objects.filter(
        is_active=True,
        provider_service__provider__in=provider_ids,
        provider_service__cost_micros__gt=0,
    )
    cost = Cast("provider_service__cost_micros", _WIDE)
    whole = When(type__in=_PACKAGES, then=cost)
    priced = sold.annotate(costs=Case(whole, default=cost * F("min_quantity") / 1000))
    found = priced.values_list("provider_service__provider").annotate(Min("costs"))
    return {provider: int(least) for provider, least in found if provider is not None}


def days_left(
    *,
    balance_micros: int,
    spent_micros: int,
    read_since: datetime,
    at: datetime,
    order_micros: int = 0,
) -> int | None:
    """How many whole days the balance lasts at the pace of the last week; None where nothing is
    spent. `read_since` is the first reading of that week: a provider that was added yesterday is
    judged by a day, none by less. None that is used up lasts, nor one that pays no order of
    `order_micros`."""
    if balance_micros <= 0 or balance_micros < order_micros:
        return 0
    if spent_micros <= 0:
        return None
    watched = max(DAY, min(WEEK, at - read_since))
    lasts = balance_micros * (watched / DAY) / spent_micros
    return int(min(lasts, 36_500))
