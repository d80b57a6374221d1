"""A provider that hangs holds up its own orders and nobody else's: the threads of a worker, and
real worker processes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from accounts.models import User
from orders import tasks
from orders.models import Order, Status
from orders.sending import seats
from orders.sending.seats import FOR_ALL, FOR_QUICK, SLOW_SECONDS, seat_for
from services.models import Service
from smmpanel.embedded.runtime import PROJECT
from smmpanel.supervisor import processes
from tests import factories
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.waiting import wait_until

HANGING, HEALTHY = range(1, 20), 99
WORKER_THREADS = 16


def take(stack: ExitStack, provider_id: int, times: int = 1) -> int:
    """Sits down so often for a provider; returns how often it got a seat."""
    return sum(stack.enter_context(seat_for(provider_id)) is not None for _ in range(times))


def was_quick(provider_id: int) -> None:
    with seat_for(provider_id) as seat:
        assert seat is not None
        seat.note_answer()


def test_providers_that_hang_leave_seats_to_one_that_was_quick() -> None:
    was_quick(HEALTHY)
    with ExitStack() as stack:
        taken = sum(take(stack, one, times=WORKER_THREADS) for one in HANGING)
        assert taken == FOR_ALL
        assert take(stack, HEALTHY, times=2) == 1


def test_without_shares_the_same_providers_take_every_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seats, "MOST_OF_ANY", WORKER_THREADS)
    monkeypatch.setattr(seats, "FOR_ALL", WORKER_THREADS)
    with ExitStack() as stack:
        assert take(stack, 1, times=WORKER_THREADS) == WORKER_THREADS
        assert take(stack, HEALTHY) == 0


def test_a_worker_has_threads_that_never_wait_for_a_provider() -> None:
    command = processes.worker().command
    assert command[command.index("-c") + 1] == str(WORKER_THREADS)
    assert FOR_ALL + FOR_QUICK < WORKER_THREADS


def test_a_provider_that_answers_may_fill_the_seats_for_all() -> None:
    was_quick(HEALTHY)
    with ExitStack() as stack:
        assert take(stack, HEALTHY, times=WORKER_THREADS) == FOR_ALL


def test_a_call_that_hangs_brings_no_further_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    was_quick(HEALTHY)
    with seat_for(HEALTHY) as seat:
        assert seat is not None
        seat.since -= SLOW_SECONDS + 1
        with seat_for(HEALTHY) as further:
            assert further is None
        seat.note_answer()
    with ExitStack() as stack:  # it was slow: trust begins anew
        assert take(stack, HEALTHY, times=WORKER_THREADS) == seats.MOST_OF_ANY


@pytest.fixture
def worker(fresh_db: TestDatabase, upstream: DemoProvider) -> Iterator[None]:
    environ = fresh_db.environ | {"PROVIDER_DEV_HOSTS": upstream.host}
    process = subprocess.Popen(
        processes.worker().command,
        cwd=PROJECT,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def hanging(upstream: DemoProvider, terms: None) -> list[Service]:
    """Services of three providers that take an order and say nothing for longer than a send lasts.
    Nothing happens there after this test: what is counted is the next one's."""
    upstream.fault("latency", stage="after", count=10_000, seconds=25, link_contains="/hang/")
    services = []
    for _ in range(3):
        row = factories.provider(url=upstream.url, api_key=upstream.key, lane_width=8)
        offer = factories.offer(provider=row, external_id="103")
        services.append(factories.service(provider_service=offer, min_quantity=100))
    return services


def test_healthy_orders_leave_within_ten_seconds_while_three_providers_hang(
    fresh_db: TestDatabase,
    worker: None,
    alice: User,
    views: Service,
    hanging: list[Service],
) -> None:
    for number in range(30):
        for service in hanging:
            order(alice, service=service, quantity=100, link=f"https://example.com/hang/{number}")
    tasks.forward_due_orders()
    healthy = []
    for number in range(60):
        healthy.append(order(alice, service=views, quantity=100).pk)
        if number % 20 == 0:
            tasks.forward_due_orders()
    while _waiting(healthy):
        tasks.forward_due_orders()
        _wait_a_while(healthy)
    delays = sorted(
        (one.sent_at - one.not_before) / timedelta(seconds=1)
        for one in Order.objects.filter(pk__in=healthy)
        if one.sent_at
    )
    assert len(delays) == len(healthy)
    assert delays[int(len(delays) * 0.95) - 1] <= 10
    assert Order.objects.filter(status=Status.SUBMITTING).exists()  # the others do hang


def _waiting(numbers: list[int]) -> bool:
    return Order.objects.filter(pk__in=numbers, sent_at=None).exists()


def _wait_a_while(numbers: list[int]) -> None:
    """Until all are sent, or as long as beat would wait before it hands them out again."""
    try:
        wait_until(lambda: not _waiting(numbers), limit_seconds=5)
    except TimeoutError:
        return
