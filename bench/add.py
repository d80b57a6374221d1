"""Taking an order through the web server, against the limits of the same machine in the same run.

H is a view that says hello, N the order as most panels take one (bench.naive), both in the panel
itself; P and Ph are the database alone (bench.limit), spread over all wallets and on one. Rounds
alternate, figures are medians. The first round is not measured: in it every connection learns its
plans, and the tables that a panel fills with its first orders get rows. Afterwards the books have
to agree.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.test.utils import override_settings

from bench import limit, load, web
from bench.report import Section
from bench.wallets import QUANTITY, Customers, prepare, spent
from orders.models import OpenCount
from wallet import verification

ROUNDS, SECONDS = 3, 2.0
FEW, MANY, CLIENTS = 16, 64, 8
_RATES = (
    "| what | a second | p50 ms | p95 ms | p99 ms | bytes |",
    "|---|---:|---:|---:|---:|---:|",
)
RATIOS = ("| ratio | measured | promised |", "|---|---:|---:|")
_ROW = "| {what} | {per_second:,.0f} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {size} |"


_WORDS = """\
Through the web server as docker-compose.yml starts it, with the settings of production, from
programs that keep their connections open: {rounds} rounds of {seconds:g} s each, medians, after one
that is not measured and an ANALYZE. “SQL” calls `place_orders` for one order each and does nothing
else, with {clients} clients. “Hello” and “naive” are views of the same panel: one says hello, the
other follows the same rules object by object. On the “slow disk” a commit takes 2 ms more.
{taken:,} orders were taken; what left the wallets is their price, and the books were proven
afterwards."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """`promised` is the least of it, or the most where it is a `ceiling`."""

    what: str
    found: float
    promised: float
    is_ceiling: bool = False

    @property
    def is_kept(self) -> bool:
        return self.found <= self.promised if self.is_ceiling else self.found >= self.promised

    def __str__(self) -> str:
        sign = "≤" if self.is_ceiling else "≥"
        share = "" if self.is_kept else " **missed**"
        return f"| {self.what} | {self.found:.2f}{share} | {sign} {self.promised:g} |"


@dataclass(slots=True)
class Figures:
    """What came of each round by name, the first for practice; and the queries of one call."""

    loads: dict[str, list[load.Outcome]] = field(default_factory=dict)
    limits: dict[str, list[limit.Outcome]] = field(default_factory=dict)
    queries: int = 0

    def rate(self, name: str) -> float:
        rounds: Sequence[load.Outcome | limit.Outcome]
        rounds = self.loads.get(name) or self.limits[name]
        return statistics.median(each.per_second for each in rounds[1:])

    def ms(self, name: str, share: float) -> float:
        return statistics.median(each.percentile_ms(share) for each in self.loads[name][1:])

    @property
    def accepted(self) -> int:
        ordering = [every for name, every in self.loads.items() if not name.startswith("hello")]
        loads = sum(each.accepted for every in ordering for each in every)
        return loads + sum(each.accepted for every in self.limits.values() for each in every)

    def ratios(self) -> list[Ratio]:
        """Of docs/performance.md."""
        few, many, hot = self.rate("add, 16"), self.rate("add, 64"), self.rate("add, one wallet")
        wait = statistics.median(each.p50_ms for each in self.limits["SQL, one client"][1:])
        return [
            Ratio("16 connections / hello", few / self.rate("hello, 16"), 0.14),
            Ratio("16 connections / SQL alone", few / self.rate("SQL"), 0.33),
            Ratio("16 connections / naive", few / self.rate("naive, 16"), 5),
            Ratio("16 connections: p99 / p50", self._spread("add, 16"), 4, is_ceiling=True),
            Ratio("64 connections / hello", many / self.rate("hello, 64"), 0.25),
            Ratio("64 connections / SQL alone", many / self.rate("SQL"), 0.55),
            Ratio("64 connections / naive", many / self.rate("naive, 64"), 8),
            Ratio("one wallet, 64 / SQL alone", hot / self.rate("SQL, one wallet"), 1.3),
            Ratio("one wallet, 64 / naive", hot / self.rate("naive, one wallet"), 14),
            Ratio("one wallet, slow disk / SQL alone, one by one", self._on_a_slow_disk(), 6),
            Ratio("1 connection: p50 / SQL alone", self.ms("add, 1", 0.5) / wait, 4, True),
            Ratio("queries in a call", self.queries, 2, is_ceiling=True),
        ]

    @property
    def is_kept(self) -> bool:
        return all(ratio.is_kept for ratio in self.ratios())

    def _on_a_slow_disk(self) -> float:
        return self.rate("add, one wallet, slow disk") / self.rate("SQL, one wallet, slow disk")

    def _spread(self, name: str) -> float:
        return self.ms(name, 0.99) / self.ms(name, 0.5)

    def rows(self) -> list[str]:
        rows = []
        for name, every in self.loads.items():
            calls = sum(each.accepted for each in every)
            rows.append(
                _ROW.format(
                    what=name,
                    per_second=self.rate(name),
                    p50=self.ms(name, 0.5),
                    p95=self.ms(name, 0.95),
                    p99=self.ms(name, 0.99),
                    size=sum(each.bytes_received for each in every) // calls,
                )
            )
        return rows + [f"| {name} | {self.rate(name):,.0f} | | | | |" for name in self.limits]

    def section(self) -> Section:
        rounds = len(self.loads["add, 16"]) - 1
        words = _WORDS.format(rounds=rounds, seconds=SECONDS, clients=CLIENTS, taken=self.accepted)
        ratios = ["", *RATIOS, *map(str, self.ratios())]
        return Section("Taking an order", words, "\n".join([*_RATES, *self.rows(), *ratios]))


def measure(rounds: int = ROUNDS) -> Figures:
    """In a migrated database with terms in force. Exits where the books do not agree."""
    customers, figures = prepare(), Figures()
    with ExitStack() as stack:
        log = Path(stack.enter_context(TemporaryDirectory())) / "web.log"
        panel = stack.enter_context(web.panel(log=log))
        _round_of(figures, customers, panel=panel)
        # As autovacuum does within a minute: a plan for an empty table reads all of a full one.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        for _round in range(rounds):
            _round_of(figures, customers, panel=panel)
    _check(figures, customers)
    figures.queries = _queries(customers)
    return figures


def _round_of(figures: Figures, customers: Customers, *, panel: int) -> None:
    everybody, big = customers.secrets, customers.secrets[:1]

    def calls(name: str, request: str, secrets: Sequence[str], connections: int) -> None:
        taken = figures.loads.setdefault(name, [])
        first = (len(taken) + 1) * 1_000_000 + sum(map(ord, name)) * 100_000_000
        plan = load.Plan(panel, connections, SECONDS, request, "200 OK", secrets, first)
        taken.append(load.run(plan))

    def clients(name: str, ids: Sequence[int], many: int) -> None:
        dsn = os.environ["DATABASE_URL"]
        outcome = limit.run(limit.Plan(dsn, many, SECONDS, ids, customers.order))
        figures.limits.setdefault(name, []).append(outcome)

    ours, naive = _order(customers, "/api/v2"), _order(customers, "/api/naive")
    calls("add, 1", ours, everybody, 1)
    clients("SQL, one client", customers.ids, 1)
    for many in (FEW, MANY):
        calls(f"hello, {many}", _HELLO, everybody, many)
        calls(f"add, {many}", ours, everybody, many)
        calls(f"naive, {many}", naive, everybody, many)
    clients("SQL", customers.ids, CLIENTS)
    calls("add, one wallet", ours, big, MANY)
    clients("SQL, one wallet", customers.ids[:1], CLIENTS)
    calls("naive, one wallet", naive, big, MANY)
    with _slow_disk():
        calls("add, one wallet, slow disk", ours, big, MANY)
        clients("SQL, one wallet, slow disk", customers.ids[:1], CLIENTS)


@contextmanager
def _slow_disk() -> Iterator[None]:
    """Every commit takes two milliseconds more."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET commit_delay = 2000")
        cursor.execute("ALTER SYSTEM SET commit_siblings = 0")
        cursor.execute("SELECT pg_reload_conf()")
        yield
        cursor.execute("ALTER SYSTEM RESET commit_delay")
        cursor.execute("ALTER SYSTEM RESET commit_siblings")
        cursor.execute("SELECT pg_reload_conf()")


_HELLO = f"GET /api/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n{web.HEADERS}\r\n\r\n"


def _order(customers: Customers, path: str) -> str:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{web.HEADERS}\r\n"
    body = (
        f"key={{one}}&action=add&service={customers.service.pk}&quantity={QUANTITY}"
        "&link=https%3A%2F%2Fexample.com%2Fp%2F{number}"
    )
    return f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"


def _check(figures: Figures, customers: Customers) -> None:
    """Accepted times price is what left the wallets, and the books agree."""
    for name, every in figures.loads.items():
        for each in every:
            if each.failed:
                raise SystemExit(f"{name}: {each.failed} failed: {each.sample_of_failure}")
    found = spent(customers)
    price = customers.service.rate_micros * QUANTITY // 1000
    expected = (figures.accepted, figures.accepted * price, figures.accepted * price)
    if (found.orders, found.charged_micros, found.gone_micros) != expected:
        raise SystemExit(f"the money does not agree: {found}, accepted {figures.accepted}")
    # The naive twin does not keep it; whoever orders next has his running orders counted.
    OpenCount.objects.filter(customer__in=customers.ids).delete()
    report = verification.prove()
    if not report.is_ok:
        broken = [finding for finding in report.findings if not finding.is_ok]
        raise SystemExit(f"the books do not agree: {broken}")


def _queries(customers: Customers) -> int:
    body = {
        "key": customers.secrets[0],
        "action": "add",
        "service": customers.service.pk,
        "quantity": QUANTITY,
        "link": "https://example.com/of-one-more",
    }
    program = Client(SERVER_NAME="127.0.0.1")
    with override_settings(API_RATE_PER_MINUTE=10**9):
        # A process learns a service with the first order of it.
        program.post("/api/v2", body)
        with _statements() as statements:
            answer = program.post("/api/v2", body | {"link": "https://example.com/of-two-more"})
    if b'"order"' not in answer.content:
        raise SystemExit(f"no order: {answer.content!r}")
    return len(statements)


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Those that any thread of this process sends."""
    statements: list[str] = []
    honest = CursorWrapper.execute

    def noted(cursor: CursorWrapper, sql: str, params: Any = None) -> object:
        statements.append(sql)
        return honest(cursor, sql, params)

    with mock.patch.object(CursorWrapper, "execute", noted):
        yield statements
