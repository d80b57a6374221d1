"""How long the lists of orders take where one customer has tens of thousands of them, and
the queue of what is stuck among hundreds of thousands."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench.books import Measured
from orders.models import Order, Status

PAGE_SECONDS = 0.15
ROUNDS = 40
LATE = 2_000


@dataclass(frozen=True, slots=True)
class Page:
    """What is looked at, by whom, and how long it may take."""

    name: str
    client: Client
    address: str
    limit_seconds: float = PAGE_SECONDS

    def measured(self) -> Measured:
        return Measured(self.name, p95(self.client, self.address), self.limit_seconds)


def measure(big: int) -> list[Measured]:
    """The 95th percentile of each page, warm, on the data of `bench.books` and what followed."""
    _let_some_run(big)
    return [page.measured() for page in pages(big)]


def pages(big: int) -> list[Page]:
    mine = client_of(User.objects.get(pk=big))
    staff = client_of(_operator())
    orders, stuck = reverse("orders:order_list"), reverse("staff_orders:stuck")
    oldest = Order.objects.visible_to(big).order_by("pk")[1000].pk
    one = Order.objects.visible_to(big).order_by("-pk")[500]
    asked = {
        "first page": "",
        "a page far down": f"?below={oldest}",
        "a tab": "?tab=partial",
        "a number": f"?q={one.pk}",
        "a whole link": f"?q={one.link}",
        "a part of a link": f"?q={one.link[-6:]}",
        "words that nothing fits": "?q=nowhere",
        "days and service": f"?service={one.service_id}&since=2026-02-01&until=2026-02-10",
    }
    lists = [
        Page(f"orders of one customer, {name}", mine, orders + query)
        for name, query in asked.items()
    ]
    kinds = ("late", "unsent", "uncertain")
    return [*lists, *(Page(f"stuck orders, {k}", staff, f"{stuck}?kind={k}") for k in kinds)]


def _let_some_run(big: int) -> None:
    """The newest orders of the big customer are on their way, some of them late."""
    newest = Order.objects.visible_to(big).order_by("-pk")[: 3 * LATE]
    numbers = list(newest.values_list("pk", flat=True))
    due = timezone.now() - timedelta(hours=1)
    fields = {"refunded_micros": 0, "finished_at": None}
    with connection.cursor() as cursor:
        # The guard refuses that refunds fall, and this is no history of anybody.
        cursor.execute("SET session_replication_role = replica")
        rows = Order.objects.filter(pk__in=numbers)
        rows.update(status=Status.IN_PROGRESS, due_micros=0, expected_by=None, **fields)
        # Each at a moment of its own, as they are expected.
        cursor.execute(
            "UPDATE orders_order SET expected_by = %s - id * interval '1 ms' WHERE id = ANY (%s)",
            [due, numbers[:LATE]],
        )
        Order.objects.filter(pk__in=numbers[LATE : LATE + 100]).update(
            status=Status.QUEUED, not_before=due
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE orders_order")


def _operator() -> User:
    person, _is_new = User.objects.get_or_create(
        email="operator@example.com", defaults={"password": "!", "is_staff": True}
    )
    person.user_permissions.set(
        Permission.objects.filter(codename__in=["view_order", "view_submission"])
    )
    return person


def client_of(person: User, headers: Mapping[str, str] | None = None) -> Client:
    client = Client(SERVER_NAME="127.0.0.1", headers=dict(headers or {}))
    client.force_login(person)
    return client


def p95(client: Client, address: str) -> float:
    _look(client, address)
    with _own_garbage_only():
        times = [_once(lambda: _look(client, address)) for _round in range(ROUNDS)]
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def _own_garbage_only() -> Iterator[None]:
    """What the bench keeps by now, hundreds of thousands of rows, is no part of a web server: its
    collector would go through all of it in the middle of some look."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _look(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != HTTPStatus.OK:
        raise SystemExit(f"{address}: {answer.status_code}")


def _once(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
