"""Writing down what a price list differs in from what we hold, in one short transaction."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Least

from services.margins import rises, turns
from services.models import Alternative, Provider, ProviderService, Service, Sync
from services.syncing.comparing import MISSED_FOR, Comparison, Difference, Held, Sold, compare
from services.syncing.judging import (
    LineWarning,
    ListWarning,
    is_unreadable,
    judge_line,
    judge_list,
)
from services.syncing.terms import FIELDS, Terms
from services.types import ServiceType

_BATCH = 2000
_MOST_MISSED = 1000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Judged = tuple[Difference, LineWarning | None]

_INSERT = """
INSERT INTO services_syncline
       (sync_id, state, kind, external_id, offer_id, before, after, warning)
SELECT %s, 'open', line.kind, line.external_id, line.offer_id, line.before, line.after, line.warning
  FROM jsonb_to_recordset(%s::jsonb)
       AS line (kind text, external_id text, offer_id bigint, before jsonb, after jsonb,
                warning text)
"""


_ANNOUNCE = """
UPDATE services_providerservice AS offer
   SET announced_cost_micros = (line.after->>'cost_micros')::bigint
  FROM services_syncline AS line
 WHERE line.sync_id = %s AND line.kind = 'cost_up' AND line.offer_id = offer.id
RETURNING offer.id
"""


@dataclass(frozen=True, slots=True)
class PriceList:
    """What was offered, by the provider's number; `faults` are the reason and, where it could be
    read, the number of each line that is not among it."""

    offered: dict[str, Terms]
    faults: list[tuple[str, str | None]]


def store(*, sync_id: int, price_list: PriceList, at: datetime) -> None:
    """Nothing where the reading was ended meanwhile."""
    with transaction.atomic():
        turns.take_turn()
        sync = Sync.objects.select_for_update().get(pk=sync_id)
        if sync.state != Sync.State.READING:
            return
        held = _held(sync.provider_id, at)
        comparison = _compared(held, price_list)
        warnings = [judge_line(difference) for difference in comparison.differences]
        _write_lines(sync, list(zip(comparison.differences, warnings, strict=True)))
        _note_missing(comparison, at)
        heard = {held[number].offer_id for number in price_list.offered if number in held}
        rises.follow_costs(offer_ids=_announce(sync_id, heard), at=at)
        warning = judge_list(
            comparison=comparison,
            warnings=warnings,
            held=held,
            offered=len(price_list.offered),
            rejected=len(price_list.faults),
        )
        _finish(sync, price_list, comparison, warning, at)


def _compared(held: dict[str, Held], price_list: PriceList) -> Comparison:
    """Of a list that was hardly understood nobody can say what it lacks."""
    offered, faults = price_list.offered, price_list.faults
    unreadable = {number for _reason, number in faults if number is not None}
    if is_unreadable(offered=len(offered), rejected=len(faults)):
        unreadable |= held.keys()
    return compare(held=held, offered=offered, unreadable=unreadable)


def _held(provider_id: int, at: datetime) -> dict[str, Held]:
    """What we hold of a provider and sell of it, in three queries."""
    sold: dict[int, list[Sold]] = defaultdict(list)
    services = Service.objects.filter(provider_service__provider=provider_id)
    for offer_id, kind, least, most, is_active in services.values_list(
        "provider_service_id", "type", "min_quantity", "max_quantity", "is_active"
    ):
        if offer_id is not None:
            sold[offer_id].append(Sold(ServiceType(kind), least, most, is_active))
    stand_ins = Alternative.objects.filter(provider_service__provider=provider_id)
    standing_in = set(stand_ins.values_list("provider_service_id", flat=True))
    offers = ProviderService.objects.filter(provider=provider_id).only(
        *FIELDS, "external_id", "missed_lists", "missed_since", "gone_at"
    )
    return {
        offer.external_id: Held(
            offer_id=offer.pk,
            terms=Terms(**{name: getattr(offer, name) for name in FIELDS}),
            missed_lists=offer.missed_lists,
            is_missed_long=(offer.missed_since or _LONG_AGO) <= at - MISSED_FOR,
            is_gone=offer.gone_at is not None,
            sold=tuple(sold[offer.pk]) if offer.pk in sold else (),
            stands_in=offer.pk in standing_in,
        )
        for offer in offers.iterator(chunk_size=_BATCH)
    }


def _write_lines(sync: Sync, lines: Sequence[Judged]) -> None:
    """As one document for thousands of rows: many times as fast as rows of the ORM."""
    with connection.cursor() as cursor:
        for begin in range(0, len(lines), _BATCH):
            batch = [_line(*line) for line in lines[begin : begin + _BATCH]]
            cursor.execute(_INSERT, [sync.pk, json.dumps(batch)])


def _line(difference: Difference, warning: LineWarning | None) -> dict[str, object]:
    return {
        "kind": difference.kind.value,
        "external_id": difference.external_id,
        "offer_id": difference.held.offer_id if difference.held else None,
        "before": difference.before,
        "after": difference.after,
        "warning": warning or "",
    }


def withdraw(*, provider_id: int) -> list[int]:
    """A person does not believe what was announced: returns the provider's services concerned,
    whose costs are to be followed (`rises.follow_costs`)."""
    return _forget(ProviderService.objects.filter(provider=provider_id))


def _announce(sync_id: int, heard: Collection[int]) -> list[int]:
    """Costs that rose by this reading are guarded against before anybody has looked at them. What
    an earlier one announced is forgotten where this one names a cost, and nowhere else."""
    forgotten = _forget(ProviderService.objects.filter(pk__in=heard))
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE, [sync_id])
        return sorted({*forgotten, *(offer for (offer,) in cursor.fetchall())})


def _forget(offers: QuerySet[ProviderService]) -> list[int]:
    announced = offers.exclude(announced_cost_micros=None)
    numbers = list(announced.values_list("pk", flat=True))
    ProviderService.objects.filter(pk__in=numbers).update(announced_cost_micros=None)
    return numbers


def _note_missing(comparison: Comparison, at: datetime) -> None:
    """How often a service was missing is what was seen, not a change of what is sold."""
    missing = ProviderService.objects.filter(pk__in=comparison.missing)
    missing.update(
        missed_lists=Least(F("missed_lists") + 1, Value(_MOST_MISSED)),
        missed_since=Coalesce("missed_since", Value(at)),
    )
    found_again = ProviderService.objects.filter(pk__in=comparison.found_again)
    found_again.update(missed_lists=0, missed_since=None)


def _finish(
    sync: Sync,
    price_list: PriceList,
    comparison: Comparison,
    warning: ListWarning | None,
    at: datetime,
) -> None:
    """A list that differs in nothing is done with."""
    sync.state = Sync.State.OPEN if comparison.differences else Sync.State.APPLIED
    sync.read_at = at
    sync.closed_at = None if comparison.differences else at
    sync.offered = len(price_list.offered)
    sync.missing = comparison.missing_first
    sync.warning = warning or ""
    sync.rejected = dict(Counter(reason for reason, _number in price_list.faults))
    sync.save()
    Provider.objects.filter(pk=sync.provider_id).update(synced_at=at)
