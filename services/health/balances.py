"""What our balance at a provider was, and how long it lasts.

What was spent is what the balance fell by: that is what the provider really took, in its own
currency, whoever ordered. Readings are a quarter of an hour apart, also while nothing is ordered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.models import BalanceReading, Provider
from services.providers.reports import Balance
from wallet.money import MICROS_PER_UNIT

EVERY = timedelta(minutes=15)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
# No balance is that large: a provider that says so is answered with the largest that fits.
_LARGEST_MICROS = 2**63 - 1


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


def days_left(
    *, balance_micros: int, spent_micros: int, read_since: datetime, at: datetime
) -> int | None:
    """How many whole days the balance lasts at the pace of the last week; None where nothing is
    spent. `read_since` is the first reading of that week: a provider that was added yesterday is
    judged by a day, none by less."""
    if spent_micros <= 0:
        return None
    watched = max(DAY, min(WEEK, at - read_since))
    lasts = max(0, balance_micros) * (watched / DAY) / spent_micros
    return int(min(lasts, 36_500))
