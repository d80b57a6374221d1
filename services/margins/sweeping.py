"""What no price list brought: costs in dollars that changed by a new rate, or by hand.

A rate that is far from the one before is not followed until somebody has looked at what it does: it
may be mistyped, and prices a tenth of the cost sell quickly. Source: docs/prices.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.cases import raise_case
from accounts.models import Case
from services.costs import rates_before
from services.margins import reading, repricing, rises
from services.margins.arithmetic import differs_beyond, floor_of
from services.margins.reading import Priced
from services.margins.repricing import Today
from services.margins.rises import Followed
from services.models import Service

RATE_LEAP_BP = 1000


def sweep(*, at: datetime) -> Followed:
    """Costs in dollars that changed without a price list: a new rate of a currency, a provider's
    price typed by hand, a rule. Reads everything, and writes only when something differs."""
    found = repricing.today(at=at)
    rows = reading.read(Service.objects.all())
    stale = [row for row in rows if rises.judged(row, found) != row.terms]
    leaps = _leaps(found, at=at)
    held = {row.pk: row for row in stale if _waits_for_rate(row, leaps)}
    for currency in sorted({row.currency or "" for row in held.values()}):
        _ask_about_rate(currency, at=at)
    followed = [row.pk for row in stale if row.pk not in held]
    return rises.follow(Service.objects.filter(pk__in=followed), at=at) if followed else Followed()


def rate_key(currency: str) -> str:
    """The key of the case about a rate that leapt."""
    return f"rate:{currency}"


def _leaps(found: Today, *, at: datetime) -> dict[str, int]:
    """The rates before, of currencies whose new rate is so far from it that it may be mistyped."""
    return {
        currency: before.per_dollar_micros
        for currency, before in rates_before(at=at).items()
        if differs_beyond(before.per_dollar_micros, found.per_dollar[currency], RATE_LEAP_BP)
    }


def _waits_for_rate(row: Priced, leaps: Mapping[str, int]) -> bool:
    """Whether nothing but the leap of a rate is new: it is still priced by the rate before."""
    before = leaps.get(row.currency or "")
    if before is None or row.cost_micros is None:
        return False
    return row.terms.floor_micros == floor_of(row.cost_micros, before)


def _ask_about_rate(currency: str, *, at: datetime) -> None:
    raise_case(
        kind=Case.Kind.COST_ROSE,
        key=rate_key(currency),
        detail=f"The rate of {currency.upper()} changed by more than a tenth: prices wait for it to"
        " be kept on the page of currencies.",
        at=at,
    )
