"""A provider that nobody orders from falls silent, comes and goes, and comes back for good: beat, a
worker and the provider are real processes with the real periods. Staff get one alert, within two
minutes, and one recovery; every order that was placed meanwhile is sent once. About nine minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Case, OutboundMail, User
from orders.models import ACCEPTED, Order
from services.health.outages import STEADY
from services.models import BalanceReading, Outage, Provider, Service
from smmpanel.supervisor import processes
from tests import factories
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.processes import running
from tests.waiting import wait_until

TWO_MINUTES = timedelta(minutes=2)
ORDERS = 20
TIMES_GONE = 4


@pytest.fixture
def upstream(tmp_path: Path, settings: Settings) -> Iterator[DemoProvider]:
    with DemoProvider(store=tmp_path / "provider.sqlite", seconds_per_order=600) as process:
        settings.PROVIDER_DEV_HOSTS = [process.host]
        yield process


@pytest.fixture
def views(fresh_db: TestDatabase, upstream: DemoProvider, terms: None) -> Service:
    row = factories.provider(url=upstream.url, api_key=upstream.key, name="Provider A")
    offer = factories.offer(provider=row, external_id="103")
    return factories.service(provider_service=offer, min_quantity=100)


@pytest.fixture
def panel(fresh_db: TestDatabase, upstream: DemoProvider, tmp_path: Path) -> Iterator[None]:
    environ = fresh_db.environ | {"PROVIDER_DEV_HOSTS": upstream.host}
    beat = processes.beat(schedule=tmp_path / "beat")
    with running(processes.worker().command, environ), running(beat.command, environ):
        yield


def alerts() -> list[str]:
    mails = OutboundMail.objects.filter(key__startswith="outage:").order_by("pk")
    return list(mails.values_list("subject", flat=True))


def wait_a_while(seconds: float) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    wait_until(lambda: timezone.now() > until, limit_seconds=seconds + 60, look_every_seconds=1)


def fall_silent(upstream: DemoProvider) -> datetime:
    upstream.kill()
    return timezone.now()


def test_one_alert_in_time_one_recovery_and_no_order_lost(
    olga: User, alice: User, views: Service, upstream: DemoProvider, panel: None
) -> None:
    wait_until(BalanceReading.objects.exists, look_every_seconds=1)
    fell_at = fall_silent(upstream)
    wait_until(lambda: bool(alerts()), limit_seconds=180, look_every_seconds=1)
    assert OutboundMail.objects.get(key__startswith="outage:").created_at - fell_at <= TWO_MINUTES
    placed = [factories.order(alice, service=views, quantity=100).link for _ in range(ORDERS)]
    for _ in range(TIMES_GONE):
        upstream.start()
        wait_a_while(20)
        upstream.kill()
        wait_a_while(30)
    upstream.start()
    limit = (STEADY + timedelta(minutes=6)).total_seconds()
    wait_until(lambda: len(alerts()) == 2, limit_seconds=limit, look_every_seconds=1)
    assert alerts() == ["Provider A does not answer", "Provider A answers again"]
    assert Outage.objects.get().ended_at is not None
    assert not Case.objects.open().filter(kind=Case.Kind.PROVIDER_DOWN).exists()
    _prove_orders(placed, upstream)


def _prove_orders(placed: list[str], upstream: DemoProvider) -> None:
    """Sent once each; what was under way in a kill may be in doubt, and is never sent again."""
    wait_until(
        lambda: not Order.objects.filter(status__in=("queued", "submitting")).exists(),
        limit_seconds=300,
        look_every_seconds=1,
    )
    counts = upstream.counts()
    assert max(counts.values()) == 1
    accepted = Order.objects.filter(status__in=ACCEPTED)
    assert all(counts[one.link] == 1 for one in accepted)
    uncertain = Order.objects.filter(status="uncertain").count()
    assert accepted.count() + uncertain == len(placed)
    assert Provider.objects.get().failures_in_a_row == 0
