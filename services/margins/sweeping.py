"""What no price list brought: costs in dollars that changed by a new rate, or by hand.

A rate that leaps makes no prices before somebody has looked at what it does (`services.costs`): it
may be mistyped, and prices a tenth of the cost sell quickly. Source: docs/prices.md.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from accounts.cases import raise_case, resolve_case
from accounts.models import Case
from services.costs import rates_in_force
from services.margins import reading, repricing, rises
from services.margins.repricing import Today
from services.margins.rises import Followed
from services.models import Service

_RATE = "rate:"


def sweep(*, at: datetime) -> Followed:
    """Costs in dollars that changed without a price list: a new rate of a currency, a provider's
    price typed by hand, a rule. Reads everything, and writes only when something differs."""
    found = repricing.today(at=at)
    rows = reading.read(Service.objects.all())
    _ask_about_rates({row.currency for row in rows if row.currency}, found, at=at)
    stale = [row.pk for row in rows if rises.judged(row, found) != row.terms]
    return rises.follow(Service.objects.filter(pk__in=stale), at=at) if stale else Followed()


def rate_key(currency: str) -> str:
    """The key of the case about a rate that leapt."""
    return f"{_RATE}{currency}"


def _ask_about_rates(currencies: Collection[str], found: Today, *, at: datetime) -> None:
    """A case for each rate in force that prices do not follow, as long as it is not followed."""
    newest = rates_in_force(at=at)
    held = {
        currency
        for currency in currencies
        if currency in newest and newest[currency].per_dollar_micros != found.per_dollar[currency]
    }
    for currency in sorted(held):
        raise_case(
            kind=Case.Kind.COST_ROSE,
            key=rate_key(currency),
            detail=f"The rate of {currency.upper()} changed by more than a tenth: prices wait for"
            " it to be kept on the page of currencies.",
            at=at,
        )
    cases = Case.objects.open().filter(kind=Case.Kind.COST_ROSE, key__startswith=_RATE)
    for key in cases.exclude(key__in=[rate_key(each) for each in held]).values_list("key"):
        resolve_case(
            kind=Case.Kind.COST_ROSE,
            key=key[0],
            resolution="Prices follow the rate in force again.",
            at=at,
        )
