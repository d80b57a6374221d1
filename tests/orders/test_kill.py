"""SIGKILL of real workers at every moment of a send: nothing is sent twice, nothing is lost.

The provider's own count per link is the proof. The twin marks after sending, as usual, and the
same kills make it send twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders import tasks
from orders.models import ACCEPTED, Order, Status, Submission
from orders.sending import sweeping
from services.models import Service
from smmpanel.supervisor import processes
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.processes import Nursery, nursery, running
from tests.waiting import wait_until
from wallet import verification

WORKER = processes.worker().command
KILLS = 20
ORDERS_PER_KILL = 4
TIMES_HANDED_OUT = 20


@pytest.fixture
def environ(fresh_db: TestDatabase, upstream: DemoProvider) -> dict[str, str]:
    return fresh_db.environ | {"PROVIDER_DEV_HOSTS": upstream.host}


def sent_so_far(upstream: DemoProvider) -> int:
    return sum(request["fields"].get("action") == "add" for request in upstream.requests())


def moment(number: int, upstream: DemoProvider) -> Callable[[], bool]:
    """The condition on which the worker of this round dies: before, during or after a send."""
    sends = sent_so_far(upstream)
    accepted = Order.objects.filter(external_id__isnull=False).count()
    return (
        lambda: Submission.objects.filter(state=Submission.State.SUBMITTING).exists(),
        lambda: sent_so_far(upstream) > sends,
        lambda: sent_so_far(upstream) > sends + 1,
        lambda: Order.objects.filter(external_id__isnull=False).count() > accepted,
    )[number % 4]


def hand_out_until(condition: Callable[[], bool]) -> None:
    """What beat does all the time: a nudge ends after ten seconds, and a worker may start later."""
    for _ in range(TIMES_HANDED_OUT):
        tasks.forward_due_orders()
        try:
            return wait_until(condition, limit_seconds=5)
        except TimeoutError:
            continue
    raise TimeoutError("not so although it was handed out again and again")


def let_leases_run_out() -> None:
    """What beat does a minute after a kill; until then the dead worker's places stay taken."""
    sweeping.sweep_expired_leases(at=timezone.now() + timedelta(minutes=5))


def test_twenty_kills_neither_lose_nor_double_an_order(
    environ: dict[str, str], alice: User, views: Service, upstream: DemoProvider
) -> None:
    with nursery(environ) as workers:
        for number in range(KILLS):
            upstream.fault("latency", stage=("before", "after")[number % 2], count=2, seconds=0.3)
            dies = moment(number, upstream)
            with workers.running(WORKER):
                for _ in range(ORDERS_PER_KILL):
                    order(alice, service=views, quantity=100)
                hand_out_until(dies)
            let_leases_run_out()
        _let_a_healthy_worker_finish(workers)

    placed = Order.objects.all()
    counts = upstream.counts()
    accepted = [one for one in placed if one.status in ACCEPTED]
    uncertain = [one for one in placed if one.status == Status.UNCERTAIN]
    assert len(placed) == len(accepted) + len(uncertain) == KILLS * ORDERS_PER_KILL
    assert set(counts.values()) == {1}
    assert all(counts[one.link] == 1 for one in accepted)
    assert len(uncertain) >= KILLS // 4  # the kills did hit sends on their way
    assert all(finding.is_ok for finding in verification.verify())


def _let_a_healthy_worker_finish(workers: Nursery) -> None:
    with workers.running(WORKER):
        hand_out_until(
            lambda: not Order.objects.filter(status__in=(Status.QUEUED, Status.SUBMITTING)).exists()
        )


def test_the_same_kills_make_a_naive_worker_send_twice(
    environ: dict[str, str], alice: User, views: Service, upstream: DemoProvider
) -> None:
    for _ in range(3):
        order(alice, service=views, quantity=100)
    for _kill in range(2):
        upstream.fault("latency", stage="after", seconds=60.0)
        sends = sent_so_far(upstream)
        with running([sys.executable, "-m", "tests.orders.naive_worker"], environ):
            wait_until(lambda before=sends: sent_so_far(upstream) > before)  # type: ignore[misc]
    assert max(upstream.counts().values()) > 1
