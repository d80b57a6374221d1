"""Ticking lines of a reading: a tick is the line's own state, so that it is the same on every page
and for everybody. Open lines are applied, the others stay as they are. Nothing changes by it.

Whoever applies posts the digest of what was ticked when he looked (`seen`): a colleague may have
ticked more since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from services.models import Sync, SyncLine
from services.syncing.applying import NotOpen

State = SyncLine.State


class OthersTicked(Exception):
    """Other lines are ticked than when somebody looked: nothing was changed."""


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


def seen(*, sync_id: int) -> str:
    """The number of the ticked lines and a digest of which they are."""
    lines = sorted(_chosen(sync_id))
    return f"{len(lines)}-{hashlib.sha256(json.dumps(lines).encode()).hexdigest()}"


def decided(
    *, sync_id: int, seen_before: str, shown: Collection[int], ticked: Collection[int]
) -> list[int]:
    """What is to be applied: what was ticked when somebody looked, with the ticks of the page that
    he sends. Raises OthersTicked, NotOpen."""
    with transaction.atomic():
        _undecided(sync_id)
        if seen(sync_id=sync_id) != seen_before:
            raise OthersTicked
        tick_shown(sync_id=sync_id, shown=shown, ticked=ticked)
        return _chosen(sync_id)


def without_warning(lines: Collection[int]) -> list[int]:
    found = SyncLine.objects.filter(pk__in=lines, warning="")
    return list(found.values_list("pk", flat=True))


def _chosen(sync_id: int) -> list[int]:
    lines = SyncLine.objects.filter(sync=sync_id, state=State.OPEN)
    return list(lines.values_list("pk", flat=True))


def _undecided(sync_id: int) -> QuerySet[SyncLine]:
    sync = Sync.objects.select_for_update().get(pk=sync_id)
    if sync.state != Sync.State.OPEN:
        raise NotOpen(sync)
    return SyncLine.objects.filter(sync=sync).exclude(state=State.APPLIED)
