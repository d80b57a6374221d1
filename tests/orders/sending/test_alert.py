"""Beat, a worker and a provider as real processes, with the real periods: staff hear of a provider
within two minutes after it begins to fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import Case, OutboundMail, User
from orders.models import Order, Status, Submission
from services.models import Outage, Service
from smmpanel.supervisor import processes
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.processes import running
from tests.waiting import wait_until

TWO_MINUTES = timedelta(minutes=2)
ORDERS = 4


@pytest.fixture
def panel(fresh_db: TestDatabase, upstream: DemoProvider, tmp_path: Path) -> Iterator[None]:
    environ = fresh_db.environ | {"PROVIDER_DEV_HOSTS": upstream.host}
    beat = processes.beat(schedule=tmp_path / "beat")
    with running(processes.worker().command, environ), running(beat.command, environ):
        yield


def test_staff_hear_within_two_minutes_of_a_provider_that_fails(
    olga: User, alice: User, views: Service, upstream: DemoProvider, panel: None
) -> None:
    for action in ("add", "balance", "status"):
        upstream.fault("http_error", action=action, count=10_000)
    for _ in range(ORDERS):
        order(alice, service=views, quantity=100)
    wait_until(
        lambda: OutboundMail.objects.filter(recipient=olga.email).exists(),
        limit_seconds=TWO_MINUTES.total_seconds(),
        look_every_seconds=0.25,
    )
    failed = Submission.objects.filter(finished_at__isnull=False).order_by("started_at")
    alert = OutboundMail.objects.get(recipient=olga.email)
    assert alert.created_at - failed[0].started_at <= TWO_MINUTES
    assert "does not answer" in alert.subject
    assert Outage.objects.get().ended_at is None
    assert Case.objects.open().filter(kind=Case.Kind.PROVIDER_DOWN).count() == 1
    # Nothing is lost: each waits, or staff know that its outcome is not known.
    states = set(Order.objects.values_list("status", flat=True))
    assert states <= {Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN}
