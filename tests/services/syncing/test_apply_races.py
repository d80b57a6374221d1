"""Two people at one price list, or one and a hand at the row: one of them decides, not both by
halves. Each race has a twin without its guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts.models import ActLog
from services.models import ProviderService, Sync, SyncLine
from services.syncing import applying, reading, writing
from tests import factories
from tests.databases import TestDatabase
from tests.races import Gate, all_at_once, at_once
from tests.services.providers.raw_server import RawServer, silent
from tests.services.syncing.upstream import AT, Upstream, item

Kind, State = SyncLine.Kind, SyncLine.State
Outcome = str


@pytest.fixture
def waiting(fresh_db: TestDatabase, settings: Settings) -> Iterator[Upstream]:
    """Two services of a provider, and a list in which both cost more."""
    with RawServer(silent) as server:
        settings.PROVIDER_DEV_HOSTS = [server.host]
        upstream = Upstream(server, factories.provider(url=server.url))
        upstream.take_over(item(1), item(2))
        upstream.says(item(1, rate="0.6"), item(2, rate="0.7")).read()
        yield upstream


def open_sync() -> Sync:
    return Sync.objects.get(state=Sync.State.OPEN)


def ticks(upstream: Upstream, number: int) -> Callable[[], Outcome]:
    """Somebody ticks the line of one service alone."""
    sync = open_sync()
    line = sync.lines.get(external_id=str(number)).pk

    def press() -> Outcome:
        upstream.apply(sync, lines=[line])
        return "applied"

    return press


def throws_away() -> Outcome:
    sync_id = Sync.objects.exclude(state=Sync.State.APPLIED).latest("pk").pk
    try:
        applying.discard(sync_id=sync_id, actor=None, ip=None, at=AT)
    except applying.NotOpen:
        return "too late"
    return "discarded"


def costs() -> list[int]:
    return list(ProviderService.objects.order_by("pk").values_list("cost_micros", flat=True))


def test_of_two_who_apply_at_once_one_decides(waiting: Upstream) -> None:
    all_at_once(ticks(waiting, 1), ticks(waiting, 2))
    assert costs() in ([600_000, 500_000], [500_000, 700_000])
    assert SyncLine.objects.filter(kind=Kind.COST_UP, state=State.APPLIED).count() == 1
    acts = ActLog.objects.filter(act="apply price list", changes__has_key="cost_up")
    assert acts.count() == 1


def test_without_turns_they_stand_in_each_others_way(
    waiting: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has written one line and wants to leave the other's alone."""
    monkeypatch.setattr(applying, "_turn_at", lambda sync_id: Sync.objects.get(pk=sync_id))
    monkeypatch.setattr(applying, "write", Gate(2).after(writing.write))
    with pytest.raises(OperationalError, match="deadlock"):
        all_at_once(ticks(waiting, 1), ticks(waiting, 2))


def test_a_list_is_applied_or_discarded(waiting: Upstream) -> None:
    sync, press = open_sync(), ticks(waiting, 1)

    def apply() -> Outcome:
        try:
            return press()
        except applying.NotOpen:
            return "too late"

    said = set(all_at_once(apply, throws_away))
    sync.refresh_from_db()
    is_applied = sync.state == Sync.State.APPLIED
    assert said in ({"applied", "too late"}, {"applied", "discarded"}, {"discarded", "too late"})
    assert (said == {"discarded", "too late"}) is not is_applied
    assert costs() == ([600_000, 500_000] if is_applied else [500_000, 500_000])


def test_of_two_readings_of_one_provider_one_begins(waiting: Upstream) -> None:
    applying.discard(sync_id=open_sync().pk, actor=None, ip=None, at=AT)

    def begin() -> bool:
        try:
            reading.begin(provider_id=waiting.provider.pk, actor=None, at=AT)
        except reading.AlreadyOpen:
            return False
        return True

    assert sorted(at_once(4, begin)) == [False, False, False, True]


def edit_before_the_lines_are_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's edit is stored after the lines were chosen and before their rows are locked."""
    lock = writing._update

    def edit_and_lock(*args: object) -> object:
        all_at_once(
            lambda: ProviderService.objects.filter(external_id="1").update(cost_micros=550_000)
        )
        return lock(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "_update", edit_and_lock)


def test_an_edit_by_hand_is_not_written_over(
    waiting: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_before_the_lines_are_locked(monkeypatch)
    done = waiting.apply(open_sync())
    assert (done.lines, done.stale) == (1, 1)
    assert costs() == [550_000, 700_000]


def test_without_comparing_again_the_edit_is_lost(
    waiting: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_before_the_lines_are_locked(monkeypatch)
    unguarded = writing._UPDATE.replace("to_jsonb(o) @> l.before", "true")
    assert unguarded != writing._UPDATE
    monkeypatch.setattr(writing, "_UPDATE", unguarded)
    waiting.apply(open_sync())
    assert costs() == [600_000, 700_000]
