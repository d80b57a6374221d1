"""Ticking lines of a reading: a tick is the line's own state, so that it is the same on every page
and for everybody. Open lines are applied, the others stay as they are. Nothing changes by it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from services.models import Sync, SyncLine
from services.syncing.applying import NotOpen

State = SyncLine.State


def tick_shown(*, sync_id: int, shown: Collection[int], ticked: Collection[int]) -> None:
    """Of the lines on one page those that are ticked, and no others of the page. Raises NotOpen."""
    with transaction.atomic():
        lines = _undecided(sync_id).filter(pk__in=shown)
        lines.filter(pk__in=ticked).update(state=State.OPEN)
        lines.exclude(pk__in=ticked).update(state=State.SKIPPED)


def tick_all(*, sync_id: int, kind: str) -> None:
    """Every line of a kind. Raises NotOpen."""
    with transaction.atomic():
        _undecided(sync_id).filter(kind=kind).update(state=State.OPEN)


def tick_none(*, sync_id: int, kind: str) -> None:
    """No line of a kind. Raises NotOpen."""
    with transaction.atomic():
        _undecided(sync_id).filter(kind=kind).update(state=State.SKIPPED)


def chosen_lines(*, sync_id: int) -> list[int]:
    """What stands to be applied, warnings or not."""
    lines = SyncLine.objects.filter(sync=sync_id, state=State.OPEN)
    return list(lines.values_list("pk", flat=True))


def chosen_without_warning(*, sync_id: int) -> list[int]:
    lines = SyncLine.objects.filter(sync=sync_id, state=State.OPEN, warning="")
    return list(lines.values_list("pk", flat=True))


def _undecided(sync_id: int) -> QuerySet[SyncLine]:
    sync = Sync.objects.select_for_update().get(pk=sync_id)
    if sync.state != Sync.State.OPEN:
        raise NotOpen(sync)
    return SyncLine.objects.filter(sync=sync).exclude(state=State.APPLIED)
