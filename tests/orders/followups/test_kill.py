"""SIGKILL of real workers while they pass requests on: none is asked twice, none is lost. The
provider's own record of calls is the proof; the twin without the guard is in test_sending."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from orders import tasks
from orders.followups import sending
from orders.models import FollowUp, Order
from services.models import Service
from smmpanel.supervisor import processes
from tests import factories
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import ask, sent_to
from tests.processes import Nursery, nursery
from tests.waiting import wait_until

KILLS = 6
Kind, State = FollowUp.Kind, FollowUp.State


def calls_per_order(upstream: DemoProvider) -> Counter[str]:
    return Counter(
        request["fields"]["order"]
        for request in upstream.requests()
        if request["fields"]["action"] == "cancel"
    )


def waiting() -> bool:
    return FollowUp.objects.filter(state__in=(State.ASKED, State.SENDING)).exists()


def kill_on_the_way(workers: Nursery, upstream: DemoProvider, *, stage: str) -> None:
    """Committed as intent, or with the provider already: the two moments of a loss."""
    upstream.fault("latency", action="cancel", stage=stage, seconds=60.0)
    calls = calls_per_order(upstream).total()
    with workers.running(processes.worker().command):
        tasks.pass_on_requests()
        wait_until(lambda: calls_per_order(upstream).total() > calls)
    sending.sweep_expired_leases(at=timezone.now() + timedelta(minutes=5))


def test_kills_neither_lose_nor_double_a_request(
    fresh_db: TestDatabase, alice: User, followers: Service, upstream: DemoProvider
) -> None:
    environ = fresh_db.environ | {"PROVIDER_DEV_HOSTS": upstream.host}
    with nursery(environ) as workers:
        for number in range(KILLS):
            ask(sent_to(factories.order(alice, service=followers)), Kind.CANCEL)
            kill_on_the_way(workers, upstream, stage=("before", "after")[number % 2])
    assert not waiting()
    counts = calls_per_order(upstream)
    assert set(counts.values()) == {1}
    assert len(counts) == Order.objects.count() == KILLS
    assert {one.state for one in FollowUp.objects.all()} <= {State.UNCERTAIN, State.SENT}
    assert FollowUp.objects.filter(state=State.UNCERTAIN).count() >= KILLS // 2
