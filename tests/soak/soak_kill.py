"""500 orders, four real workers, a hundred SIGKILLs, providers that behave and that do not.

Each kill falls at a random moment. The providers' own count per link is the proof: nothing went
out twice, nothing is lost, and what is accepted, refused and uncertain adds up to all. The twin
marks orders after sending, as usual, and sends some of them again.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from orders import tasks
from orders.models import ACCEPTED, Order, Status
from orders.sending import sweeping
from services.models import Provider, Service
from smmpanel.embedded.runtime import PROJECT
from smmpanel.supervisor import processes
from tests import factories
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.waiting import wait_until
from wallet import verification

ORDERS, WORKERS, KILLS = 500, 4, 100
LONGEST_LIFE_SECONDS = 0.6
# What the faulty provider does to a send, before or after it has made an order of it.
FAULTS = ("drop", "html", "empty", "http_error", "truncated", "latency", "order_and_error")
REFUSAL = "Incorrect service ID"


class Workers:
    """Four workers, one of which dies now and then and is replaced."""

    def __init__(self, command: tuple[str, ...], environ: dict[str, str]) -> None:
        self.command = command
        self.environ = environ
        self.running = [self._start() for _ in range(WORKERS)]

    def replace(self, number: int) -> None:
        self.running[number].kill()
        self.running[number].wait()
        self.running[number] = self._start()

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=PROJECT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def providers(tmp_path: Path, settings: Settings) -> Iterator[list[DemoProvider]]:
    with ExitStack() as stack:
        found = [
            stack.enter_context(DemoProvider(store=tmp_path / f"{name}.sqlite"))
            for name in ("healthy", "faulty")
        ]
        settings.PROVIDER_DEV_HOSTS = [provider.host for provider in found]
        yield found


@pytest.fixture
def shops(fresh_db: TestDatabase, providers: list[DemoProvider]) -> list[Service]:
    rows = [
        factories.provider(url=provider.url, api_key=provider.key, lane_width=16)
        for provider in providers
    ]
    offers = [factories.offer(provider=row, external_id="103") for row in rows]
    return [factories.service(provider_service=offer, min_quantity=100) for offer in offers]


def environ_of(fresh_db: TestDatabase, providers: list[DemoProvider]) -> dict[str, str]:
    hosts = ",".join(provider.host for provider in providers)
    return fresh_db.environ | {"PROVIDER_DEV_HOSTS": hosts}


def place(alice: User, shops: list[Service]) -> None:
    for number in range(ORDERS):
        factories.order(alice, service=shops[number % len(shops)], quantity=100)


def misbehave(chance: random.Random, faulty: DemoProvider, healthy: DemoProvider) -> None:
    healthy.fault("latency", stage="after", count=8, seconds=0.2)
    if chance.random() < 0.1:
        faulty.fault("error", stage="before", value=REFUSAL)
    stage = chance.choice(("before", "after"))
    faulty.fault(chance.choice(FAULTS), stage=stage, count=2, seconds=0.2)


def sends(providers: list[DemoProvider]) -> Counter[str]:
    return sum((Counter(provider.counts()) for provider in providers), Counter())


def test_a_hundred_kills_neither_lose_nor_double_an_order(
    fresh_db: TestDatabase,
    terms: None,
    alice: User,
    providers: list[DemoProvider],
    shops: list[Service],
) -> None:
    chance = random.Random(20_261)
    place(alice, shops)
    workers = Workers(processes.worker().command, environ_of(fresh_db, providers))
    try:
        for _kill in range(KILLS):
            misbehave(chance, providers[1], providers[0])
            Provider.objects.update(tripped_until=None, failures_in_a_row=0)
            tasks.forward_due_orders()
            started = sum(sends(providers).values())
            waited = chance.uniform(0, LONGEST_LIFE_SECONDS)
            until = timezone.now() + timedelta(seconds=waited)
            wait_until(
                lambda until=until, started=started: (  # type: ignore[misc]
                    timezone.now() > until or sum(sends(providers).values()) > started + 3
                )
            )
            workers.replace(chance.randrange(WORKERS))
            # What beat does a minute after a kill.
            sweeping.sweep_expired_leases(at=timezone.now() + timedelta(minutes=5))
        _finish()
    finally:
        workers.end()
    _prove(providers)


def _finish() -> None:
    def done() -> bool:
        Provider.objects.update(tripped_until=None, failures_in_a_row=0)
        Order.objects.filter(status=Status.QUEUED).update(not_before=timezone.now())
        tasks.forward_due_orders()
        return not Order.objects.filter(status__in=(Status.QUEUED, Status.SUBMITTING)).exists()

    wait_until(done, limit_seconds=180, look_every_seconds=1)


def _prove(providers: list[DemoProvider]) -> None:
    counts = sends(providers)
    by_status = Counter(Order.objects.values_list("status", flat=True))
    accepted = Order.objects.filter(status__in=ACCEPTED)
    assert max(counts.values()) == 1
    assert all(counts[link] == 1 for link in accepted.values_list("link", flat=True))
    refused = Order.objects.filter(status=Status.CANCELED)
    assert all(counts[link] == 0 for link in refused.values_list("link", flat=True))
    ended = accepted.count() + refused.count() + by_status[Status.UNCERTAIN]
    assert ended == ORDERS == sum(by_status.values())
    assert by_status[Status.UNCERTAIN] >= KILLS // 10  # the kills did hit sends on their way
    assert all(finding.is_ok for finding in verification.verify())


def test_the_same_kills_make_naive_workers_send_twice(
    fresh_db: TestDatabase,
    terms: None,
    alice: User,
    providers: list[DemoProvider],
    shops: list[Service],
) -> None:
    chance = random.Random(20_262)
    healthy = providers[0]
    for _number in range(ORDERS // 10):
        factories.order(alice, service=shops[0], quantity=100)
    command = (sys.executable, "-m", "tests.orders.naive_worker")
    for _kill in range(KILLS // 10):
        healthy.fault("latency", stage="after", count=8, seconds=0.2)
        workers = Workers(command, environ_of(fresh_db, providers[:1]))
        started = sum(sends([healthy]).values())
        enough = started + chance.randrange(1, 6)
        wait_until(lambda enough=enough: sum(sends([healthy]).values()) >= enough)  # type: ignore[misc]
        workers.end()
    assert max(sends([healthy]).values()) > 1
