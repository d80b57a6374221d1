"""Which rule makes a price: of those that hold for a service, the one that says most exactly what
it is for. Service before category, platform, provider, everything (docs/prices.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.margins import arithmetic
from services.margins.reading import Priced
from services.models import PriceRule
from wallet.money import MAX_MICROS


class Scope(StrEnum):
    """From the widest to the narrowest: the later one wins."""

    GLOBAL = "global"
    PROVIDER = "provider"
    PLATFORM = "platform"
    CATEGORY = "category"
    SERVICE = "service"


# What a rule is for: its scope and the number of the row, none for everything.
Place = tuple[Scope, int | None]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, by what they are for."""

    rules: Mapping[Place, PriceRule]

    def chain(self, row: Priced) -> list[tuple[Scope, PriceRule | None]]:
        """Every level for this service, the widest first, with its rule or None."""
        return [(place[0], self.rules.get(place)) for place in places_of(row)]

    def winner(self, row: Priced) -> PriceRule | None:
        for place in reversed(places_of(row)):
            rule = self.rules.get(place)
            if rule is not None:
                return rule
        return None

    def price(self, row: Priced, floor_micros: int | None) -> int | None:
        """Micros per 1000 by the rules; None without a rule, without a known cost, or where it
        came to more than any honest amount."""
        rule = self.winner(row)
        if rule is None or floor_micros is None:
            return None
        price = priced_by(rule, floor_micros)
        return price if price <= MAX_MICROS else None

    def replaced(self, rule: PriceRule) -> RuleBook:
        """The book as it is with this rule instead of the one for the same."""
        return RuleBook({**self.rules, place_of(rule): rule})

    def without(self, rule: PriceRule) -> RuleBook:
        place = place_of(rule)
        return RuleBook({key: each for key, each in self.rules.items() if key != place})


def load() -> RuleBook:
    return book_of(PriceRule.objects.all())


def book_of(rules: Iterable[PriceRule]) -> RuleBook:
    return RuleBook({place_of(rule): rule for rule in rules})


def priced_by(rule: PriceRule, floor_micros: int) -> int:
    """What the rule makes of a cost in dollars."""
    return arithmetic.with_margin(
        floor_micros,
        percent_bp=rule.percent_bp,
        fixed_micros=rule.fixed_micros,
        step_micros=rule.step_micros,
    )


def places_of(row: Priced) -> list[Place]:
    return [
        (Scope.GLOBAL, None),
        (Scope.PROVIDER, row.provider_id),
        (Scope.PLATFORM, row.platform_id),
        (Scope.CATEGORY, row.category_id),
        (Scope.SERVICE, row.pk),
    ]


def place_of(rule: PriceRule) -> Place:
    keys = {
        Scope.PROVIDER: rule.provider_id,
        Scope.PLATFORM: rule.platform_id,
        Scope.CATEGORY: rule.category_id,
        Scope.SERVICE: rule.service_id,
    }
    for scope, number in keys.items():
        if number is not None:
            return scope, number
    return Scope.GLOBAL, None
