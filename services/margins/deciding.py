"""What people decide about services that are off sale for their cost: sell them at a new price,
leave them off, or have another provider deliver them. Source: docs/prices.md, "When a cost rises".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from accounts.acts import log_act
from accounts.models import User
from services.kinds import takes
from services.margins import arithmetic, reading, repricing, rises
from services.margins.reading import Priced
from services.margins.repricing import Today
from services.margins.rises import Followed
from services.margins.turns import take_turn
from services.models import Alternative, ProviderService, Service

# A hundredth of a cent: finer prices by hand are hard to read.
STEP_MICROS = 100


class CannotDeliver(Exception):
    """The alternative does not offer what the service promises, or its cost is not known."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A service off sale for its cost; `price_micros` is what it would be sold at, None where its
    cost is not known."""

    row: Priced
    floor_micros: int | None
    price_micros: int | None


def waiting(services: Collection[int], *, at: datetime) -> list[Waiting]:
    """The chosen ones that still wait, with the price that accepting would give them."""
    found = repricing.today(at=at)
    rows = reading.read(rises.waiting().filter(pk__in=services))
    return [Waiting(row, found.floor(row), proposed(row, found)) for row in rows]


def proposed(row: Priced, found: Today) -> int | None:
    """By its rule; of a price by hand, so that its margin in percent stays."""
    floor = found.floor(row)
    price = found.price(row) if row.is_by_rule else None
    if floor is None or price is not None:
        return price
    rate, basis = row.terms.rate_micros, row.terms.accepted_micros
    kept = -(-rate * floor // basis) if basis else rate
    return arithmetic.up_to_step(max(kept, floor), STEP_MICROS)


def sell(*, shown: Mapping[int, int], actor: User, ip: str | None, at: datetime) -> Followed:
    """Put services on sale at the prices that were shown (micros by service). Left as they are:
    those whose price would be another by now, and those that do not wait any more."""
    with transaction.atomic():
        take_turn()
        found = repricing.today(at=at)
        rows = reading.read(rises.waiting().filter(pk__in=list(shown)))
        decided = [
            (row, rises.accepted(_at(row, shown[row.pk]), found))
            for row in rows
            if proposed(row, found) == shown[row.pk]
        ]
        return rises.store(decided, actor=actor, at=at, ip=ip)


def keep_off(*, service_ids: Collection[int], actor: User, ip: str | None, at: datetime) -> int:
    """They stay off sale until a person puts them back. Returns how many."""
    with transaction.atomic():
        take_turn()
        rows = reading.read(rises.waiting().filter(pk__in=service_ids))
        if not rows:
            return 0
        rises.store([(row, replace(row.terms, off_reason="")) for row in rows], actor=actor, at=at)
        numbers = [row.pk for row in rows]
        log_act(
            actor=actor,
            act="keep services off sale",
            target="catalogue",
            changes={"services": numbers},
            ip=ip,
        )
        rises.close_cases(
            provider_ids=[row.provider_id for row in rows],
            resolution="Kept off sale by a person.",
            at=at,
        )
    return len(rows)


def switch(
    *, service_id: int, alternative_id: int, actor: User, ip: str | None, at: datetime
) -> Followed:
    """Have the alternative deliver it from now on, and the provider of before stand in for it.
    Raises CannotDeliver; Alternative.DoesNotExist when it is no alternative any more."""
    with transaction.atomic():
        take_turn()
        service = rises.waiting().select_related("provider_service").get(pk=service_id)
        other = service.alternatives.select_related("provider_service").get(pk=alternative_id)
        (before,) = reading.read(Service.objects.filter(pk=service_id))
        old, new = service.provider_service, other.provider_service
        if not delivers(service, new):
            raise CannotDeliver
        _exchange(service, other, old)
        found = repricing.today(at=at)
        (row,) = reading.read(Service.objects.filter(pk=service_id))
        if row.currency is None or found.floor(row) is None:
            raise CannotDeliver
        done = rises.store([(row, rises.accepted(row, found))], actor=actor, at=at, ip=ip)
        log_act(
            actor=actor,
            act="switch provider of service",
            target=f"service:{service_id}",
            changes={"provider_service": [before.offer_id, new.pk]},
            ip=ip,
        )
        rises.close_cases(
            provider_ids=[before.provider_id],
            resolution="Delivered by another provider.",
            at=at,
        )
    return done


def delivers(service: Service, offer: ProviderService) -> bool:
    """Whether an offer is of the same type and has all that the service promises."""
    is_same = takes(
        raw_type=offer.raw_type,
        offered=(offer.min_quantity, offer.max_quantity),
        sold_type=service.type,
        sold=(service.min_quantity, service.max_quantity),
    )
    return is_same and offer.gone_at is None and not service.beyond(offer)


def _at(row: Priced, price_micros: int) -> Priced:
    """As if it were sold at that already; what its rule makes is the same."""
    return replace(row, terms=replace(row.terms, rate_micros=price_micros))


def _exchange(service: Service, other: Alternative, old: ProviderService | None) -> None:
    new = other.provider_service
    other.delete()
    if old is not None and not service.alternatives.filter(provider_service=old).exists():
        Alternative.objects.create(service=service, provider_service=old, position=other.position)
    service.provider_service = new
    service.save(update_fields=["provider_service"])
