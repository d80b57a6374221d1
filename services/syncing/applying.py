"""Applying the ticked lines of a reading, or none of them: one transaction, one entry in the log.

Turns are taken like by everybody who changes many prices: the catalogue's number, then the sync,
then rows by their number. Source: docs/price-lists.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.acts import log_act
from accounts.cases import resolve_case
from accounts.models import Case, User
from services.margins import rises, turns
from services.models import Service, Sync, SyncLine
from services.syncing import selling
from services.syncing.storing import withdraw
from services.syncing.substitutes import substitutes_for
from services.syncing.writing import Written, write

Kind = SyncLine.Kind
_GONE, _CHANGED = Service.OffReason.GONE.value, Service.OffReason.CHANGED.value
# So many numbers of services stand in an entry of the log; the rest is a count.
LONGEST_ENTRY = 200


class NotOpen(Exception):
    """Nothing was changed: the reading is not (or no longer) one to decide on; `sync`."""

    def __init__(self, sync: Sync) -> None:
        super().__init__(f"sync {sync.pk} is {sync.state}")
        self.sync = sync


@dataclass(frozen=True, slots=True)
class Applied:
    """How many lines were applied; how many of the ticked ones were not, because their row was
    changed since the reading; and what became of our services."""

    lines: int = 0
    stale: int = 0
    taken_off: int = 0
    put_back: int = 0
    moved: int = 0
    repriced: int = 0


@dataclass(slots=True)
class _Effects:
    """The numbers of our services to which something happened."""

    limits: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    off: list[int] = field(default_factory=list)
    kept_off: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    moved: dict[int, int] = field(default_factory=dict)


def apply(
    *,
    sync_id: int,
    line_ids: Collection[int],
    actor: User | None,
    ip: str | None,
    at: datetime,
) -> Applied:
    """The ticked lines; the others stay as they were, and the sync is closed. A person has looked
    at the costs among them. Raises NotOpen; applying again what is applied changes nothing."""
    with transaction.atomic():
        sync = _turn_at(sync_id)
        if sync.state == Sync.State.APPLIED:
            return Applied(lines=sync.lines.filter(state=SyncLine.State.APPLIED).count())
        if sync.state != Sync.State.OPEN:
            raise NotOpen(sync)
        written = write(sync=sync, line_ids=line_ids, at=at)
        effects = _follow(written)
        followed = rises.accept_costs(offer_ids=_costs(written), actor=actor, at=at)
        rises.follow_costs(offer_ids=_unseen(effects), at=at)
        _settle_costs(sync, effects, at)
        sync.lines.filter(state=SyncLine.State.OPEN).update(state=SyncLine.State.SKIPPED)
        _close(sync, Sync.State.APPLIED, at)
        _log(sync, written, effects, actor=actor, ip=ip)
        return _applied(written, effects, followed, asked=len(set(line_ids)))


def apply_unwarned(*, sync_id: int, at: datetime) -> Applied:
    """What nothing speaks against, by the panel itself; nothing where the whole list is doubted.
    Costs are passed on inside the provider's limit. What is left waits; the sync is closed when
    that is nothing."""
    with transaction.atomic():
        sync = _turn_at(sync_id)
        if sync.state != Sync.State.OPEN or sync.warning:
            return Applied()
        open_lines = sync.lines.filter(state=SyncLine.State.OPEN)
        chosen = list(open_lines.filter(warning="").values_list("pk", flat=True))
        written = write(sync=sync, line_ids=chosen, at=at)
        effects = _follow(written)
        followed = rises.follow_costs(offer_ids=_costs(written) + _unseen(effects), at=at)
        _settle_costs(sync, effects, at)
        open_lines.filter(pk__in=chosen).update(state=SyncLine.State.SKIPPED)
        if not open_lines.exists():
            _close(sync, Sync.State.APPLIED, at)
        if chosen:
            _log(sync, written, effects, actor=None, ip=None)
        return _applied(written, effects, followed, asked=len(chosen))


def discard(*, sync_id: int, actor: User | None, ip: str | None, at: datetime) -> None:
    """Closes a reading and leaves everything as it is; costs that it announced are guarded against
    no longer if a person (`actor`) says so. Raises NotOpen; discarding again what is discarded
    changes nothing."""
    with transaction.atomic():
        sync = _turn_at(sync_id)
        if sync.state == Sync.State.DISCARDED:
            return
        if sync.state != Sync.State.OPEN:
            raise NotOpen(sync)
        sync.lines.filter(state=SyncLine.State.OPEN).update(state=SyncLine.State.SKIPPED)
        if actor is not None:
            rises.follow_costs(offer_ids=withdraw(provider_id=sync.provider_id), at=at)
        _close(sync, Sync.State.DISCARDED, at)
        log_act(actor=actor, act="discard price list", target=f"sync:{sync_id}", ip=ip)


def _turn_at(sync_id: int) -> Sync:
    turns.take_turn()
    return Sync.objects.select_for_update().get(pk=sync_id)


def _follow(written: Written) -> _Effects:
    """What the written lines mean for our services; the order matters: limits before it is judged
    who no longer fits."""
    reshaped = written.of(Kind.LIMITS, Kind.TYPE, Kind.BACK)
    gone, back = written.of(Kind.GONE), written.of(Kind.BACK)
    effects = _Effects(
        limits=selling.follow_limits(lines=written.lines(Kind.LIMITS, Kind.BACK)),
        flags=selling.restrict_flags(offers=written.of(Kind.FLAGS, Kind.BACK)),
        moved=substitutes_for(offers=gone),
    )
    selling.move(moves=effects.moved)
    effects.off = selling.take_off_changed(offers=reshaped) + selling.take_off_gone(offers=gone)
    effects.kept_off = selling.keep_off_changed(offers=reshaped)
    effects.back = selling.put_back(offers=back, reasons=[_GONE, _CHANGED])
    effects.back += selling.put_back(offers=reshaped, reasons=[_CHANGED])
    return effects


def _costs(written: Written) -> list[int]:
    return written.of(Kind.COST_UP, Kind.COST_DOWN, Kind.BACK)


def _unseen(effects: _Effects) -> list[int]:
    """The provider's services that deliver instead or again. What those that are back cost may have
    risen while they were off sale for another reason."""
    back = Service.objects.filter(pk__in=effects.back).values_list("provider_service", flat=True)
    return [*effects.moved.values(), *(offer for offer in back if offer is not None)]


def _settle_costs(sync: Sync, effects: _Effects, at: datetime) -> None:
    """Nobody has to decide about the cost of what is off sale for another reason now."""
    if effects.kept_off:
        rises.close_cases(
            provider_ids=[sync.provider_id], resolution="Off sale for another reason.", at=at
        )


def _close(sync: Sync, state: Sync.State, at: datetime) -> None:
    sync.state, sync.closed_at = state, at
    sync.save(update_fields=["state", "closed_at"])
    resolve_case(
        kind=Case.Kind.PRICE_LIST,
        key=f"provider:{sync.provider_id}",
        resolution=f"{state.label}: sync {sync.pk}",
        at=at,
    )


def _applied(
    written: Written, effects: _Effects, followed: rises.Followed, *, asked: int
) -> Applied:
    lines = len(written.lines(*Kind))
    return Applied(
        lines=lines,
        stale=asked - lines,
        taken_off=len(effects.off) + followed.taken_off,
        put_back=len(effects.back) + followed.put_back,
        moved=len(effects.moved),
        repriced=followed.repriced,
    )


def _log(
    sync: Sync, written: Written, effects: _Effects, *, actor: User | None, ip: str | None
) -> None:
    changes: dict[str, object] = {
        kind.value: len(offers) for kind, offers in written.offers.items() if offers
    }
    for name, services in (
        ("limits_of", effects.limits),
        ("flags_of", effects.flags),
        ("taken_off", effects.off),
        ("kept_off", effects.kept_off),
        ("put_back", effects.back),
    ):
        if services:
            changes[name] = [len(services), services[:LONGEST_ENTRY]]
    if effects.moved:
        pairs = sorted(effects.moved.items())
        changes["moved_to"] = [len(pairs), [list(pair) for pair in pairs[:LONGEST_ENTRY]]]
    log_act(actor=actor, act="apply price list", target=f"sync:{sync.pk}", changes=changes, ip=ip)
