"""A worker that is killed in the middle leaves nothing half: not a reading, not an applied list."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from services.models import ProviderService, Service, Sync, SyncLine
from services.syncing import daily, reading
from tests import factories
from tests.databases import TestDatabase
from tests.processes import running
from tests.services.providers.raw_server import RawServer, silent
from tests.services.syncing.upstream import Upstream, item
from tests.waiting import wait_until

Alive = Callable[[], bool]

WORK = """
import sys, django
django.setup()
from django.utils import timezone
from services.syncing import applying, reading
act, sync_id, lines = sys.argv[1], int(sys.argv[2]), [int(each) for each in sys.argv[3:]]
if act == "read":
    reading.read(sync_id=sync_id, at=timezone.now())
else:
    applying.apply(sync_id=sync_id, line_ids=lines, actor=None, ip=None, at=timezone.now())
"""
# Of the sessions of a database: one that waits for a row in the middle of a transaction.
WAITS = """
SELECT 1 FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s
"""


@pytest.fixture
def held(fresh_db: TestDatabase, settings: Settings) -> Iterator[Upstream]:
    with RawServer(silent) as server:
        settings.PROVIDER_DEV_HOSTS = [server.host]
        upstream = Upstream(server, factories.provider(url=server.url))
        upstream.take_over(item(1), item(2))
        yield upstream


@contextmanager
def worker(held: Upstream, database: TestDatabase, act: str, *numbers: int) -> Iterator[Alive]:
    """A process that does it, until it is killed at the end; tells whether it still runs."""
    command = [sys.executable, "-c", WORK, act, *map(str, numbers)]
    environ = database.environ | {"PROVIDER_DEV_HOSTS": held.server.host}
    with running(command, environ) as process:
        yield lambda: process.poll() is None


def waits_for_a_service() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITS, ["%UPDATE services_service %"])
        return cursor.fetchone() is not None


def test_a_reading_that_was_killed_has_failed_and_the_next_one_works(
    held: Upstream, fresh_db: TestDatabase
) -> None:
    held.server.script = silent
    sync = reading.begin(provider_id=held.provider.pk, actor=None, at=timezone.now())
    calls = held.server.connections
    with worker(held, fresh_db, "read", sync.pk) as is_alive:
        wait_until(lambda: held.server.connections > calls or not is_alive())
        assert is_alive()
    sync.refresh_from_db()
    assert (sync.state, sync.lines.count()) == (Sync.State.READING, 0)
    daily.sweep(at=timezone.now() + daily.LONGEST_READING)
    sync.refresh_from_db()
    assert (sync.state, sync.failure) == (Sync.State.FAILED, "interrupted")
    assert held.says(item(1, rate="0.6"), item(2)).read().state == Sync.State.OPEN


def test_a_list_whose_worker_was_killed_is_applied_not_at_all_and_then_whole(
    held: Upstream, fresh_db: TestDatabase
) -> None:
    sold = factories.service(provider_service=held.offer(1))
    sync = held.says(item(1, rate="0.6", min=20), item(2, rate="0.7")).read()
    lines = list(sync.lines.values_list("pk", flat=True))
    with transaction.atomic():
        Service.objects.select_for_update().get(pk=sold.pk)
        with worker(held, fresh_db, "apply", sync.pk, *lines) as is_alive:
            wait_until(lambda: waits_for_a_service() or not is_alive())
            assert is_alive()
    assert costs() == [500_000, 500_000]
    assert not sync.lines.exclude(state=SyncLine.State.OPEN).exists()
    held.apply(sync)
    sold.refresh_from_db()
    assert (costs(), sold.min_quantity) == ([600_000, 700_000], 20)


def costs() -> list[int]:
    return list(ProviderService.objects.order_by("pk").values_list("cost_micros", flat=True))
