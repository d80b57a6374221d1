"""Price lists are read every day, and what nothing speaks against is applied: one provider after
another, so that ten of them are not ten lists in memory at once.

Paused providers are read too: what they cost is wanted when they go on. A list that fails is asked
for again an hour later, a few times; then tomorrow. Source: docs/price-lists.md, "Every day".
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import cases
from accounts.models import Case
from services.models import Provider, ProviderService, Service, Sync, SyncLine
from services.syncing import applying, reading
from services.syncing.judging import LineWarning
from services.syncing.nudging import nudge

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)
TRIES_IN_A_ROW = 5
FAILURES_BEFORE_ALERT = 3
# Staff are asked about a reading that somebody began and left: it keeps the daily one away.
LEFT_ALONE = timedelta(days=1)
# A message is on its way for seconds, a list read within minutes.
NUDGED_AGAIN_AFTER = timedelta(seconds=15)
LONGEST_READING = timedelta(minutes=5)
NEVER_TAKEN = timedelta(hours=1)
KEPT = timedelta(days=90)
_SYNCS_AT_ONCE = 20


def begin_next(*, at: datetime) -> Sync | None:
    """Begins a reading of the provider whose list is the oldest of those that are due; None where
    none is, or where a list is being read already."""
    if Sync.objects.filter(state=Sync.State.READING, actor=None).exists():
        return None
    for provider in _candidates(at):
        if _is_time(provider, at) and _make_room(provider, at):
            try:
                return reading.begin(provider_id=provider.pk, actor=None, at=at)
            except reading.AlreadyOpen:
                continue
    return None


def settle(*, sync_id: int, at: datetime) -> None:
    """What becomes of a reading that the panel began: small changes are applied where the provider
    allows it, people are asked about the rest. May be called again."""
    sync = Sync.objects.select_related("provider").get(pk=sync_id)
    if sync.actor_id is not None or sync.state == Sync.State.READING:
        return
    if sync.state == Sync.State.FAILED:
        _tell_failure(sync, at)
        return
    cases.resolve_case(
        kind=Case.Kind.PRICE_LIST,
        key=_failure_key(sync.provider_id),
        resolution="it was read again",
        at=at,
    )
    if sync.state == Sync.State.OPEN and _has_small_changes(sync):
        applying.apply_unwarned(sync_id=sync_id, at=at)
        sync.refresh_from_db()
    if sync.state == Sync.State.OPEN:
        _ask(sync, at)


def sweep(*, at: datetime) -> None:
    """Readings whose message was lost are sent again, those whose worker died have failed, and
    what was read but not settled is."""
    waiting = Sync.objects.filter(state=Sync.State.READING, taken_at=None)
    for sync in waiting.filter(began_at__lte=at - NUDGED_AGAIN_AFTER)[:_SYNCS_AT_ONCE]:
        nudge(sync_id=sync.pk)
    dead = Q(taken_at__lte=at - LONGEST_READING) | Q(taken_at=None, began_at__lte=at - NEVER_TAKEN)
    for sync in Sync.objects.filter(dead, state=Sync.State.READING):
        reading.fail(sync_id=sync.pk, code="interrupted", at=at)
        settle(sync_id=sync.pk, at=at)
    for sync in Sync.objects.filter(state=Sync.State.OPEN, actor=None):
        settle(sync_id=sync.pk, at=at)


def forget_lines(*, at: datetime) -> int:
    """Lines of readings that were closed long ago; the readings themselves stay, and the costs
    have their own history. Returns how many were deleted."""
    old = Sync.objects.filter(closed_at__lt=at - KEPT)
    deleted = 0
    for sync_id in old.filter(Exists(SyncLine.objects.filter(sync=OuterRef("pk")))).values_list(
        "pk", flat=True
    ):
        deleted += SyncLine.objects.filter(sync=sync_id).delete()[0]
    return deleted


def _candidates(at: datetime) -> list[Provider]:
    """Those whose list is a day old; one that was never read is left to people, unless we sell
    of it."""
    holds = Exists(ProviderService.objects.filter(provider=OuterRef("pk")))
    old = Q(synced_at__lte=at - EVERY) | (Q(synced_at=None) & Q(holds))
    return list(Provider.objects.filter(old, is_synced_daily=True).order_by("synced_at", "pk"))


def _is_time(provider: Provider, at: datetime) -> bool:
    """After failures: every hour, and after some of them tomorrow."""
    failed = _failures(provider)
    last = failed.order_by("-began_at").first()
    if last is None:
        return True
    pause = EVERY if failed.count() % TRIES_IN_A_ROW == 0 else AGAIN_AFTER
    return last.began_at <= at - pause


def _failures(provider: Provider) -> QuerySet[Sync]:
    """Readings by the panel that failed since the last one that did not."""
    failed = Sync.objects.filter(provider=provider, actor=None, state=Sync.State.FAILED)
    return failed.filter(began_at__gt=provider.synced_at) if provider.synced_at else failed


def _make_room(provider: Provider, at: datetime) -> bool:
    """A list of the panel's own that nobody looked at gives way to today's; a person's does not."""
    other = Sync.objects.filter(provider=provider, state__in=reading.UNFINISHED).first()
    if other is None:
        return True
    if other.state == Sync.State.OPEN and other.actor_id is None:
        with suppress(applying.NotOpen):
            applying.discard(sync_id=other.pk, actor=None, ip=None, at=at)
        return True
    if other.began_at <= at - LEFT_ALONE:
        detail = f"Somebody began reading {other.pk} and left it: no newer list is read meanwhile."
        _raise(_key(provider.pk), detail, at)
    return False


def _has_small_changes(sync: Sync) -> bool:
    lines = sync.lines.filter(state=SyncLine.State.OPEN, warning="")
    return sync.provider.applies_alone and not sync.warning and lines.exists()


def _ask(sync: Sync, at: datetime) -> None:
    """Once for each list: whoever closes the case by hand is not asked again."""
    asked = Case.objects.filter(kind=Case.Kind.PRICE_LIST, key=_key(sync.provider_id))
    if asked.filter(opened_at__gte=sync.read_at).exists():
        return
    waiting = sync.lines.filter(state=SyncLine.State.OPEN)
    doubts = Counter(waiting.exclude(warning="").values_list("warning", flat=True))
    reasons = [sync.warning] if sync.warning else []
    reasons += [f"{code} {times}" for code, times in doubts.most_common()]
    detail = f"Reading {sync.pk}: {waiting.count()} differences wait. {', '.join(reasons)}"
    _raise(_key(sync.provider_id), f"{detail.strip()}{_urgent(waiting)}", at)


def _urgent(waiting: QuerySet[SyncLine]) -> str:
    """What is sold at the price of yesterday while its cost has jumped."""
    jumped = waiting.filter(warning=LineWarning.JUMP_UP).values("offer")
    on_sale = Service.objects.filter(is_active=True, provider_service__in=jumped).count()
    return f"; on sale although the cost jumped: {on_sale}" if on_sale else ""


def _tell_failure(sync: Sync, at: datetime) -> None:
    times = _failures(sync.provider).count()
    if times >= FAILURES_BEFORE_ALERT:
        detail = f"The price list could not be read {times} times in a row: {sync.failure}"
        _raise(_failure_key(sync.provider_id), detail, at)


def _raise(key: str, detail: str, at: datetime) -> None:
    cases.raise_case(kind=Case.Kind.PRICE_LIST, key=key, detail=detail, at=at)


def _key(provider_id: int) -> str:
    return f"provider:{provider_id}"


def _failure_key(provider_id: int) -> str:
    return f"price-list:{provider_id}"
