"""Rules and rates of currencies: what a change of one does to prices, and the change itself.

Both are shown first and applied exactly as shown, the prices in the transaction of the rule.
Source: docs/prices.md, "Rules" and "Providers in other currencies".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.acts import log_act
from accounts.cases import resolve_case
from accounts.models import Case, User
from services.margins import effects, reading, repricing, rises, rules, sweeping, writing
from services.margins.effects import Changed, Effects
from services.margins.reading import Priced
from services.margins.repricing import Today
from services.margins.turns import take_turn
from services.models import CurrencyChange, PriceRule, Service, ServiceQuerySet
from wallet.models import DisplayRate


def plan_rule(*, rule: PriceRule, at: datetime) -> Effects:
    """What prices become once the rule is kept, new or changed."""
    found = repricing.today(at=at)
    return _plan_rule(rule, replace(found, book=found.book.replaced(rule)))


def save_rule(
    *, rule: PriceRule, digest: str, actor: User, ip: str | None, at: datetime
) -> Effects:
    """Keep the rule and make its prices. Raises Changed when it would not be what was shown, or
    somebody made a rule for the same meanwhile."""
    with transaction.atomic():
        take_turn()
        there = rules.load().rules.get(rules.place_of(rule))
        if (there.pk if there else None) != rule.pk:
            raise Changed
        planned = plan_rule(rule=rule, at=at)
        effects.check(planned, digest=digest)
        rule.changed_at = at
        rule.save()
        _log(rule, "change price rule" if there else "add price rule", there, actor=actor, ip=ip)
        _write(planned)
    return planned


def plan_removal(*, rule: PriceRule, at: datetime) -> Effects:
    """What prices become without it: the next wider rule makes them; where there is none, prices
    stay as they are."""
    found = repricing.today(at=at)
    return _plan_rule(rule, replace(found, book=found.book.without(rule)))


def remove_rule(
    *, rule: PriceRule, digest: str, actor: User, ip: str | None, at: datetime
) -> Effects:
    """Raises Changed, also when it is gone already."""
    with transaction.atomic():
        take_turn()
        if rule.pk is None or not PriceRule.objects.filter(pk=rule.pk).exists():
            raise Changed
        planned = plan_removal(rule=rule, at=at)
        effects.check(planned, digest=digest)
        _log(rule, "delete price rule", rule, actor=actor, ip=ip)
        rule.delete()
        _write(planned)
    return planned


def plan_rate(*, currency: str, per_dollar_micros: int, at: datetime) -> Effects:
    """What costs and prices become when a dollar is so much of the currency (small letters)."""
    found = repricing.today(at=at)
    changed = replace(found, per_dollar={**found.per_dollar, currency: per_dollar_micros})
    services = Service.objects.filter(provider_service__provider__currency__iexact=currency)
    rows = reading.read(services)
    decided = [(row, rises.accepted(row, changed)) for row in rows]
    return Effects(looked_at=len(rows), lines=effects.lines_of(decided))


def set_rate(
    *,
    currency: str,
    per_dollar_micros: int,
    digest: str,
    actor: User,
    ip: str | None,
    at: datetime,
) -> Effects:
    """A new rate from now on, and prices by it. A person has looked: rises are passed on, however
    far; a price by hand that no longer covers its cost goes off sale. Raises Changed."""
    with transaction.atomic():
        take_turn()
        planned = plan_rate(currency=currency, per_dollar_micros=per_dollar_micros, at=at)
        effects.check(planned, digest=digest)
        rate = DisplayRate.objects.create(
            currency=currency, per_dollar_micros=per_dollar_micros, since=at, is_kept=True
        )
        log_act(
            actor=actor,
            act="add displayrate",
            target=f"displayrate:{rate.pk}",
            changes={"currency": currency, "per_dollar_micros": per_dollar_micros},
            ip=ip,
        )
        rises.store([(line.row, line.terms) for line in planned.lines], actor=actor, at=at, ip=ip)
        resolve_case(
            kind=Case.Kind.COST_ROSE,
            key=sweeping.rate_key(currency),
            resolution="The rate was kept by a person.",
            at=at,
        )
    return planned


def plan_currency(*, change: CurrencyChange, at: datetime) -> Effects:
    """What costs and prices become once the provider's new currency is kept."""
    found = repricing.today(at=at)
    services = Service.objects.filter(provider_service__provider=change.provider_id)
    currency = change.provider.currency.lower()
    rows = [replace(row, currency=currency) for row in reading.read(services)]
    decided = [(row, rises.accepted(row, found)) for row in rows]
    return Effects(looked_at=len(rows), lines=effects.lines_of(decided))


def keep_currency(
    *, change: CurrencyChange, digest: str, actor: User, ip: str | None, at: datetime
) -> Effects:
    """Prices by the currency that the provider has now. Raises Changed, also when it is another
    one by now or somebody kept it already."""
    with transaction.atomic():
        take_turn()
        try:
            change = CurrencyChange.objects.select_related("provider").get(pk=change.pk)
        except CurrencyChange.DoesNotExist as gone:
            raise Changed from gone
        planned = plan_currency(change=change, at=at)
        effects.check(planned, digest=digest)
        change.delete()
        log_act(
            actor=actor,
            act="keep currency of provider",
            target=f"provider:{change.provider_id}",
            changes={"currency": [change.before, change.provider.currency]},
            ip=ip,
        )
        rises.store([(line.row, line.terms) for line in planned.lines], actor=actor, at=at, ip=ip)
        resolve_case(
            kind=Case.Kind.COST_ROSE,
            key=sweeping.currency_key(change.provider_id),
            resolution="The currency was kept by a person.",
            at=at,
        )
    return planned


def _plan_rule(rule: PriceRule, found: Today) -> Effects:
    rows = [row for row in reading.read(_priced_by_rule()) if _holds(rule, row)]
    decided = [(row, repricing.terms_today(row, found)) for row in rows]
    return Effects(
        looked_at=len(rows),
        lines=effects.lines_of(decided),
        left_out={
            "no_rule": sum(found.book.winner(row) is None for row in rows),
            "no_cost": sum(found.floor(row) is None for row in rows),
            "off": sum(row.is_off_by_panel for row in rows),
        },
    )


def _priced_by_rule() -> ServiceQuerySet:
    return Service.objects.filter(priced_by=Service.PricedBy.RULE, is_free=False)


def _holds(rule: PriceRule, row: Priced) -> bool:
    return rules.place_of(rule) in rules.places_of(row)


def _write(planned: Effects) -> None:
    writing.write((line.row, line.terms) for line in planned.lines)


def _log(
    rule: PriceRule, act: str, before: PriceRule | None, *, actor: User, ip: str | None
) -> None:
    scope, number = rules.place_of(rule)
    names = ("percent_bp", "fixed_micros", "step_micros")
    changes = {name: [getattr(before, name, None), getattr(rule, name)] for name in names}
    log_act(
        actor=actor,
        act=act,
        target=f"pricerule:{rule.pk}",
        changes={"for": [scope.value, number], **changes},
        ip=ip,
    )
