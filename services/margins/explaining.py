"""Why a customer pays what he pays: the whole chain with its numbers, from the provider's cost to
the price that `pricing.quote` charges. Source: docs/prices.md, "Why this price?".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services import pricing
from services.costs import Rate, rates_followed
from services.margins import arithmetic, reading, repricing, rules
from services.margins.reading import Priced
from services.margins.rules import Scope
from services.models import (
    CustomPrice,
    GroupDiscount,
    GroupMembership,
    PriceGroup,
    PriceRule,
    Service,
)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of rules; `rule` is None where nobody made one, `is_winner` where it holds."""

    scope: Scope
    rule: PriceRule | None
    is_winner: bool


@dataclass(frozen=True, slots=True)
class ByRule:
    """How the winner makes a price: micros after each step."""

    with_percent_micros: int
    with_fixed_micros: int
    is_stopped_by_cost: bool
    price_micros: int


@dataclass(frozen=True, slots=True)
class ByGroup:
    """`discount` is what says more exactly than the group itself, if anything does."""

    group: PriceGroup
    discount: GroupDiscount | None
    discount_bp: int
    discounted_micros: int
    is_stopped_by_cost: bool
    price_micros: int | None


@dataclass(frozen=True, slots=True)
class Why:
    """`final_micros` is what is charged per 1000; `rate` is None where the currency has none."""

    row: Priced
    rate: Rate | None
    floor_micros: int | None
    levels: list[Level]
    by_rule: ByRule | None
    group: ByGroup | None
    own_micros: int | None
    final_micros: int

    @property
    def is_below_cost(self) -> bool:
        return self.floor_micros is not None and self.final_micros < self.floor_micros

    @property
    def follows_rule(self) -> bool:
        """Whether the list price is what the rule makes today."""
        made = self.by_rule
        return made is not None and made.price_micros == self.row.terms.rate_micros


def explain(*, service_id: int, customer_id: int | None, at: datetime) -> Why:
    """Raises Service.DoesNotExist."""
    service = Service.objects.priced_for(customer_id).get(pk=service_id)
    (row,) = reading.read(Service.objects.filter(pk=service_id))
    found = repricing.today(at=at)
    winner, floor = found.book.winner(row), found.floor(row)
    own = CustomPrice.objects.filter(customer=customer_id, service=service_id).first()
    return Why(
        row=replace(row, cost_micros=found.cost(row)),
        rate=rates_followed(at=at).get(row.currency or ""),
        floor_micros=floor,
        levels=[Level(scope, rule, rule == winner) for scope, rule in found.book.chain(row)],
        by_rule=None if winner is None or floor is None else _by_rule(winner, floor),
        group=_by_group(customer_id, row),
        own_micros=own.rate_micros if own else None,
        final_micros=pricing.rate_of(service=service, own_rate_micros=service.own_rate_micros),
    )


def _by_rule(rule: PriceRule, floor_micros: int) -> ByRule:
    with_percent = arithmetic.changed_by(floor_micros, rule.percent_bp)
    with_fixed = with_percent + rule.fixed_micros
    return ByRule(
        with_percent_micros=with_percent,
        with_fixed_micros=with_fixed,
        is_stopped_by_cost=with_fixed < floor_micros,
        price_micros=rules.priced_by(rule, floor_micros),
    )


def _by_group(customer_id: int | None, row: Priced) -> ByGroup | None:
    memberships = GroupMembership.objects.filter(customer=customer_id).select_related("group")
    membership = memberships.first()
    if membership is None:
        return None
    group = membership.group
    discount = _discount(group, row)
    discount_bp = group.discount_bp if discount is None else discount.discount_bp
    discounted = max(arithmetic.changed_by(row.terms.rate_micros, -discount_bp), 1)
    price = discounted
    if row.below_cost != Service.BelowCost.ALLOW:
        price = max(discounted, min(row.terms.floor_micros or 0, row.terms.rate_micros))
    holds = discount_bp > 0 and not row.is_free
    return ByGroup(
        group=group,
        discount=discount,
        discount_bp=discount_bp,
        discounted_micros=discounted,
        is_stopped_by_cost=holds and price > discounted,
        price_micros=price if holds else None,
    )


def _discount(group: PriceGroup, row: Priced) -> GroupDiscount | None:
    """The one that says most exactly what it is for: service, category, platform."""
    discounts = {
        (each.platform_id, each.category_id, each.service_id): each
        for each in group.discounts.all()
    }
    places = (
        (None, None, row.pk),
        (None, row.category_id, None),
        (row.platform_id, None, None),
    )
    return next((discounts[place] for place in places if place in discounts), None)
