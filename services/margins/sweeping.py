"""What no price list brought: costs in dollars that changed by a new rate, or by hand.

A rate that leaps (`services.costs`) and another currency of a provider make no prices before
somebody has looked at what they do: they may be mistyped, and prices a tenth of the cost sell
quickly. Source: docs/prices.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.cases import raise_case, resolve_case
from accounts.models import Case
from services.costs import rates_in_force
from services.margins import reading, repricing, rises
from services.margins.repricing import Today
from services.margins.rises import Followed
from services.models import CurrencyChange, Service

_RATE, _CURRENCY = "rate:", "currency:"


def sweep(*, at: datetime) -> Followed:
    """Costs in dollars that changed without a price list: a new rate of a currency, a provider's
    price typed by hand, a rule. Reads everything, and writes only when something differs."""
    found = repricing.today(at=at)
    rows = reading.read(Service.objects.all())
    _ask_about_rates({row.currency for row in rows if row.currency}, found, at=at)
    _ask_about_currencies(at=at)
    stale = [row.pk for row in rows if rises.judged(row, found) != row.terms]
    return rises.follow(Service.objects.filter(pk__in=stale), at=at) if stale else Followed()


def open_questions() -> QuerySet[Case]:
    """The open cases about rates and currencies that prices do not follow."""
    of_these = Q(key__startswith=_RATE) | Q(key__startswith=_CURRENCY)
    return Case.objects.open().filter(of_these, kind=Case.Kind.COST_ROSE)


def rate_key(currency: str) -> str:
    """The key of the case about a rate that leapt."""
    return f"{_RATE}{currency}"


def currency_key(provider_id: int) -> str:
    """The key of the case about a provider whose currency was changed."""
    return f"{_CURRENCY}{provider_id}"


def _ask_about_rates(currencies: Collection[str], found: Today, *, at: datetime) -> None:
    """About each rate in force that prices do not follow."""
    newest = rates_in_force(at=at)
    text = (
        "The rate of {} changed by more than a tenth: prices wait for it to be kept on the page of"
        " currencies."
    )
    held = {
        rate_key(currency): text.format(currency.upper())
        for currency in currencies
        if currency in newest and newest[currency].per_dollar_micros != found.per_dollar[currency]
    }
    _ask(_RATE, held, at=at)


def _ask_about_currencies(*, at: datetime) -> None:
    text = (
        "{} takes {} instead of {}: prices of its services wait for that to be kept on the page of"
        " currencies."
    )
    held = {
        currency_key(change.provider_id): text.format(
            change.provider.name, change.provider.currency, change.before
        )
        for change in CurrencyChange.objects.select_related("provider")
    }
    _ask(_CURRENCY, held, at=at)


def _ask(prefix: str, held: Mapping[str, str], *, at: datetime) -> None:
    """A case for each key, with these words; those that are not held any more are closed."""
    kind = Case.Kind.COST_ROSE
    for key, detail in sorted(held.items()):
        raise_case(kind=kind, key=key, detail=detail, at=at)
    cases = Case.objects.open().filter(kind=kind, key__startswith=prefix).exclude(key__in=held)
    for key in cases.values_list("key", flat=True):
        resolve_case(kind=kind, key=key, resolution="Nothing waits for it any more.", at=at)
