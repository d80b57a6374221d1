"""The broker carries hints: emptied and restarted over a full queue, it loses no order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from accounts.models import User
from orders.models import ACCEPTED, Order, Status
from services.models import Provider, Service
from smmpanel.celery import app
from smmpanel.embedded.valkey import EmbeddedValkey
from smmpanel.supervisor import processes
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.processes import running
from tests.waiting import wait_until

QUEUED = 200


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A broker of this test's own, which may be hurt."""
    with tempfile.TemporaryDirectory(prefix="broker-") as home:
        server = EmbeddedValkey(home=Path(home), password="of-this-test")
        with (tmp_path / "broker.log").open("wb") as log:
            server.start(output=log)
            yield server
            server.stop()


@pytest.fixture
def environ(
    fresh_db: TestDatabase, upstream: DemoProvider, broker: EmbeddedValkey
) -> dict[str, str]:
    urls = {"REDIS_URL": broker.url, "PROVIDER_DEV_HOSTS": upstream.host}
    return fresh_db.environ | urls


def hint_at(order_ids: list[int], broker: EmbeddedValkey) -> None:
    """Fills the broker's queue as placing does, and proves that it is full."""
    with app.connection_for_write(broker.url) as connection:
        for order_id in order_ids:
            app.send_task("orders.tasks.forward_order", (order_id,), connection=connection)
    assert redis.Redis.from_url(broker.url).llen("celery") == QUEUED


def test_a_broker_flushed_and_restarted_over_200_orders_loses_and_doubles_none(
    environ: dict[str, str],
    broker: EmbeddedValkey,
    alice: User,
    views: Service,
    upstream: DemoProvider,
    tmp_path: Path,
) -> None:
    Provider.objects.update(lane_width=16)
    hint_at([order(alice, service=views, quantity=100).pk for _ in range(QUEUED)], broker)
    redis.Redis.from_url(broker.url).flushall()
    broker.stop()
    with (tmp_path / "again.log").open("wb") as log:
        broker.start(output=log)
    # Whoever keeps his queue in the broker has lost all of them now.
    assert redis.Redis.from_url(broker.url).llen("celery") == 0
    schedule = tmp_path / "beat"
    with (
        running(processes.worker().command, environ),
        running(processes.beat(schedule=schedule).command, environ),
    ):
        wait_until(
            lambda: not Order.objects.exclude(status__in=ACCEPTED).exists(), limit_seconds=90
        )
    assert set(upstream.counts().values()) == {1}
    assert len(upstream.counts()) == QUEUED
    assert not Order.objects.filter(status=Status.QUEUED).exists()
