"""What happens to a service when its cost changes: re-priced, or off sale until somebody looks.

Priced by rules, a rise inside the provider's limit is passed on; a bigger one takes it off sale.
Priced by hand, it goes off sale once its list price no longer covers the cost, unless it may be
sold at a loss. What the panel took off for its cost it puts back when the cost has fallen again.
Source: docs/prices.md, "When a cost rises".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from accounts.acts import log_act
from accounts.cases import raise_case, resolve_case
from accounts.models import Case, User
from services.margins import reading, repricing, writing
from services.margins.arithmetic import rises_beyond
from services.margins.reading import Priced, Terms
from services.margins.repricing import Today
from services.margins.turns import take_turn
from services.models import Service, ServiceQuerySet

Decided = tuple[Priced, Terms]


@dataclass(frozen=True, slots=True)
class Followed:
    """How many services got another price, went off sale for their cost, and came back."""

    repriced: int = 0
    taken_off: int = 0
    put_back: int = 0


def follow_costs(*, offer_ids: Collection[int], at: datetime) -> Followed:
    """Costs that nobody looked at: what is inside the limits is passed on, the rest waits for a
    person (a case of the provider). Call it in the transaction that stores them."""
    return follow(_of_offers(offer_ids), at=at) if offer_ids else Followed()


def accept_costs(*, offer_ids: Collection[int], actor: User | None, at: datetime) -> Followed:
    """A person has looked at the costs: all are passed on, what was off for its cost comes back.
    What is priced by hand still has to cover its cost."""
    if not offer_ids:
        return Followed()
    return accept(services=_of_offers(offer_ids), actor=actor, at=at)


def accept(*, services: ServiceQuerySet, actor: User | None, at: datetime) -> Followed:
    """The same for chosen services."""
    with transaction.atomic():
        take_turn()
        found = repricing.today(at=at)
        rows = reading.read(services)
        decided = [(row, accepted(row, found)) for row in rows]
        return store(decided, actor=actor, at=at)


def close_cases(*, provider_ids: Iterable[int | None], resolution: str, at: datetime) -> None:
    """Resolve the case of each provider of which nothing is off sale for its cost any more."""
    for provider_id in {number for number in provider_ids if number is not None}:
        if not waiting().filter(provider_service__provider=provider_id).exists():
            resolve_case(
                kind=Case.Kind.COST_ROSE,
                key=f"provider:{provider_id}",
                resolution=resolution,
                at=at,
            )


def waiting() -> ServiceQuerySet:
    """What is off sale for its cost: the queue of the page."""
    return Service.objects.filter(is_active=False, off_reason=Service.OffReason.COST)


def _of_offers(offer_ids: Collection[int]) -> ServiceQuerySet:
    return Service.objects.filter(provider_service__in=offer_ids)


def follow(services: ServiceQuerySet, *, at: datetime) -> Followed:
    """The same as `follow_costs` for chosen services."""
    with transaction.atomic():
        take_turn()
        found = repricing.today(at=at)
        rows = reading.read(services)
        decided = [(row, judged(row, found)) for row in rows]
        return store(decided, actor=None, at=at)


def judged(row: Priced, found: Today) -> Terms:
    """The terms when nobody has looked at the cost: the next rise is measured from the one that
    somebody has accepted, so that many small ones do not add up unseen."""
    floor = found.floor(row)
    if floor is not None and row.is_offered and _rises_too_far(row, floor, found):
        return _off(row, floor)
    terms, basis = accepted(row, found), row.terms.accepted_micros
    return terms if basis is None else replace(terms, accepted_micros=basis)


def _rises_too_far(row: Priced, floor_micros: int, found: Today) -> bool:
    """Of what would be passed on: a price by hand does not follow its cost."""
    basis = row.terms.accepted_micros
    if basis is None or not row.is_by_rule or found.price(row) is None:
        return False
    return rises_beyond(basis, floor_micros, row.rise_limit_bp)


def accepted(row: Priced, found: Today) -> Terms:
    """The terms once a person has looked at the cost, however far it rose."""
    if not row.is_offered:
        return repricing.terms_today(row, found)
    terms = repricing.again(row, found)
    if terms.floor_micros is None:
        return terms
    if terms.rate_micros < terms.floor_micros and not row.may_lose:
        return _off(row, terms.floor_micros)
    if row.may_return:
        return replace(terms, is_active=True, off_reason="")
    return terms


def _off(row: Priced, floor_micros: int) -> Terms:
    """As it was sold: the price and the cost that it was made for show how far it rose."""
    return replace(
        row.terms,
        floor_micros=floor_micros,
        is_active=False,
        off_reason=Service.OffReason.COST,
    )


def store(
    decided: Iterable[Decided], *, actor: User | None, at: datetime, ip: str | None = None
) -> Followed:
    """Write what was decided and tell staff of what went off sale or came back. The caller holds
    the turn."""
    changed = writing.write(decided)
    off = [row for row, terms in changed if _went_off(row, terms)]
    back = [row for row, terms in changed if terms.is_active and not row.terms.is_active]
    for provider_id in sorted({row.provider_id or 0 for row in off}):
        _tell(provider_id, [row.pk for row in off if row.provider_id == provider_id], at=at)
    if back:
        numbers = [row.pk for row in back]
        log_act(
            actor=actor,
            act="put back services off sale for their cost",
            target="catalogue",
            changes={"services": numbers},
            ip=ip,
        )
        close_cases(
            provider_ids=[row.provider_id for row in back],
            resolution="On sale again at prices that cover the cost.",
            at=at,
        )
    return Followed(
        repriced=sum(terms.rate_micros != row.terms.rate_micros for row, terms in changed),
        taken_off=len(off),
        put_back=len(back),
    )


def _went_off(row: Priced, terms: Terms) -> bool:
    return row.terms.is_active and not terms.is_active


def _tell(provider_id: int, numbers: list[int], *, at: datetime) -> None:
    log_act(
        actor=None,
        act="take services off sale for their cost",
        target=f"provider:{provider_id}",
        changes={"services": numbers},
    )
    raise_case(
        kind=Case.Kind.COST_ROSE,
        key=f"provider:{provider_id}",
        detail=f"{len(numbers)} services off sale: {', '.join(map(str, numbers[:20]))}",
        at=at,
    )
