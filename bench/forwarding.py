"""How many orders a second leave for a provider that needs 50 ms for each.

Ours is what the threads of one worker do: each order once, in waves as wide as the lane. The twin
takes one order after the other, as a single task would: the same protocol, one send at a time.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.add import RATIOS, Ratio
from bench.provider import LATENCY_SECONDS
from bench.report import Section
from orders.models import Order, Status
from orders.sending import forwarding, sweeping
from services.models import Provider
from tests.factories import offer, provider, service

SQL = Path(__file__).with_name("forwarding.sql")
ROUNDS, QUEUED, ALONE = 3, 600, 40
WIDTH, THREADS, HANDED_OUT = 32, 16, 20


@dataclass(slots=True)
class Figures:
    """Orders sent a second, one figure for each round."""

    ours: list[float]
    alone: list[float]

    def ratios(self) -> list[Ratio]:
        times = statistics.median(self.ours) / statistics.median(self.alone)
        return [Ratio("one worker / one order at a time", times, 5)]

    def section(self) -> Section:
        rows = [
            f"| {name} | {statistics.median(rates):,.0f} |"
            for name, rates in (
                (f"one worker, a lane of {WIDTH}", self.ours),
                ("one order at a time", self.alone),
            )
        ]
        words = (
            f"To a provider that answers after {LATENCY_SECONDS * 1000:.0f} ms, over real"
            f" connections; {QUEUED} orders a round, medians of\n{ROUNDS} rounds in turn. Each"
            " order was sent once and is followed."
        )
        head = "| forwarding | orders a second |\n|---|---:|"
        ratios = ["", *RATIOS, *map(str, self.ratios())]
        return Section("Forwarding orders", words, "\n".join([head, *rows, *ratios]))


def measure() -> Figures:
    """On the customers of `bench.books`."""
    with _provider() as lane:
        figures = Figures(ours=[], alone=[])
        for _round in range(ROUNDS):
            figures.ours.append(_rate(lane, QUEUED, _drain))
            figures.alone.append(_rate(lane, ALONE, _one_by_one))
    return figures


@contextmanager
def _provider() -> Iterator[Provider]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.provider"], stdout=subprocess.PIPE, text=True
    ) as process:
        host = f"127.0.0.1:{(process.stdout or sys.stdin).readline().strip()}"
        settings.PROVIDER_DEV_HOSTS = [host]
        try:
            yield provider(url=f"http://{host}/api/v2", lane_width=WIDTH)
        finally:
            process.kill()


def _rate(lane: Provider, number: int, send: Callable[[], None]) -> float:
    waiting = _queue(lane, number)
    began = time.perf_counter()
    send()
    seconds = time.perf_counter() - began
    sent = Order.objects.filter(pk__in=waiting, status=Status.PENDING)
    if sent.values("external_id").distinct().count() != number:
        raise SystemExit(f"{sent.count()} of {number} orders were accepted")
    return number / seconds


def _queue(lane: Provider, number: int) -> list[int]:
    sold = service(provider_service=offer(provider=lane))
    with connection.cursor() as cursor:
        cursor.execute(
            SQL.read_text(encoding="utf-8"),
            {
                "service": sold.pk,
                "offer": sold.provider_service_id,
                "number": number,
                "at": timezone.now(),
            },
        )
        return [pk for (pk,) in cursor.fetchall()]


def _drain() -> None:
    """Beat and the threads of a worker, without the broker between them."""
    with ThreadPoolExecutor(THREADS) as threads:
        while due := sweeping.due_orders(at=timezone.now(), most_per_provider=HANDED_OUT):
            list(threads.map(_forward, due))


def _forward(order_id: int) -> None:
    with closing(connection):
        forwarding.forward(order_id=order_id)


def _one_by_one() -> None:
    while due := sweeping.due_orders(at=timezone.now(), most_per_provider=HANDED_OUT):
        for order_id in due:
            attempt = forwarding.begin(order_id=order_id, at=timezone.now())
            if attempt is not None:
                outcome = forwarding.send(attempt)
                forwarding.finish(attempt=attempt, outcome=outcome, at=timezone.now())
