"""Prices made again of today's costs, rates and rules.

What the panel took off sale keeps its price until it is back, which is for `rises` to decide.
Source: docs/prices.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from services.costs import rates_followed
from services.margins import reading, rules, writing
from services.margins.arithmetic import floor_of, rises_beyond
from services.margins.reading import Priced, Terms
from services.margins.rules import RuleBook
from services.margins.turns import take_turn
from services.models import Service


@dataclass(frozen=True, slots=True)
class Repriced:
    """How many services: looked at, with another price now, priced by rules but without a rule
    that holds, and without a rate for their provider's currency."""

    services: int = 0
    changed: int = 0
    without_rule: int = 0
    without_rate: int = 0


@dataclass(frozen=True, slots=True)
class Today:
    """What prices are made of besides the costs: rules, and what a dollar is in each currency."""

    book: RuleBook
    per_dollar: Mapping[str, int]

    def cost(self, row: Priced) -> int | None:
        """What counts as the cost, in the provider's currency. An announced one does where it is
        beyond the provider's limit, or where what is paid would not cover it: until somebody has
        looked, such a service is not sold. Others change nothing before they are applied."""
        cost, announced = row.cost_micros, row.announced_micros
        if cost is None or announced is None or announced <= cost:
            return cost
        is_far = rises_beyond(cost, announced, row.rise_limit_bp)
        return announced if is_far or not self._covers(row, announced) else cost

    def floor(self, row: Priced) -> int | None:
        return self._in_dollars(row, self.cost(row))

    def price(self, row: Priced) -> int | None:
        """By the rules, whoever prices it now; None where they make none."""
        return self.book.price(row, self.floor(row))

    def _covers(self, row: Priced, announced_micros: int) -> bool:
        """By the price that is made without it, so that the answer stays once it is followed."""
        made = self.book.price(row, self._in_dollars(row, row.cost_micros))
        price = made if row.is_by_rule and made is not None else row.terms.rate_micros
        floor = self._in_dollars(row, announced_micros)
        return floor is not None and floor <= price

    def _in_dollars(self, row: Priced, cost_micros: int | None) -> int | None:
        if cost_micros is None:
            return None
        if row.currency is None:
            return row.terms.floor_micros
        return floor_of(cost_micros, self.per_dollar.get(row.currency))


def today(*, at: datetime) -> Today:
    rates = rates_followed(at=at)
    return Today(
        book=rules.load(),
        per_dollar={currency: rate.per_dollar_micros for currency, rate in rates.items()},
    )


def reprice(*, service_ids: Collection[int], at: datetime) -> Repriced:
    """The cost in dollars of all of them, the price of those that are priced by rules."""
    if not service_ids:
        return Repriced()
    with transaction.atomic():
        take_turn()
        found = today(at=at)
        rows = reading.read(Service.objects.filter(pk__in=service_ids))
        decided = [(row, terms_today(row, found)) for row in rows]
        writing.write(decided)
    return Repriced(
        services=len(rows),
        changed=sum(terms.rate_micros != row.terms.rate_micros for row, terms in decided),
        without_rule=sum(row.is_by_rule and found.book.winner(row) is None for row in rows),
        without_rate=sum(row.offer_id is not None and found.floor(row) is None for row in rows),
    )


def terms_today(row: Priced, found: Today) -> Terms:
    """The terms with today's cost and, of what is priced by rules, today's price."""
    if row.is_off_by_panel:
        return with_floor(row, found)
    return again(row, found)


def again(row: Priced, found: Today) -> Terms:
    """The same, whoever took it off sale: its cost is accepted."""
    terms = with_floor(row, found)
    floor = terms.floor_micros
    price = found.book.price(row, floor) if row.is_by_rule else None
    return replace(
        terms,
        rate_micros=terms.rate_micros if price is None else price,
        accepted_micros=terms.accepted_micros if floor is None else floor,
    )


def with_floor(row: Priced, found: Today) -> Terms:
    return replace(row.terms, floor_micros=found.floor(row))
