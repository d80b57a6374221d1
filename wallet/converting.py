"""Amounts in another currency beside the dollars, where a customer asked for it (WAL-09).

Only what is shown changes: nothing is stored, charged or rounded by it, and every such amount is
marked as near, with the time of its rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wallet.currencies import decimals_of, in_words
from wallet.models import DisplayCurrency, DisplayRate
from wallet.money import MICROS_PER_UNIT, divide_half_up


@dataclass(frozen=True, slots=True)
class Near:
    """About what an amount of dollars is in another currency, and since when the rate is so."""

    words: str
    since: datetime


def choices() -> list[DisplayRate]:
    """The newest rate of every currency that can be shown."""
    return list(DisplayRate.objects.latest_of_each())


def chosen_by(*, customer_id: int) -> str:
    """The currency that a customer sees beside dollars; "" for none."""
    found = DisplayCurrency.objects.filter(customer_id=customer_id)
    return found.values_list("currency", flat=True).first() or ""


def choose(*, customer_id: int, currency: str) -> None:
    """Shows this currency from now on; "" shows dollars alone."""
    if currency:
        DisplayCurrency.objects.update_or_create(
            customer_id=customer_id, defaults={"currency": currency}
        )
    else:
        DisplayCurrency.objects.filter(customer_id=customer_id).delete()


def near(*, customer_id: int, amount_micros: int) -> Near | None:
    """The amount in the customer's currency; None if he sees dollars alone, or it has no rate."""
    currency = chosen_by(customer_id=customer_id)
    rates = DisplayRate.objects.filter(currency=currency).order_by("-since", "-pk")
    rate = rates.first() if currency else None
    if rate is None:
        return None
    coins_per_unit = 10 ** decimals_of(currency)
    coins = divide_half_up(
        amount_micros * rate.per_dollar_micros * coins_per_unit, MICROS_PER_UNIT * MICROS_PER_UNIT
    )
    return Near(words=in_words(coins, currency), since=rate.since)
