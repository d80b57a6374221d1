"""How fast due orders are chosen among a million open ones, and reports about them applied.

Together is how a worker does it: a hundred reports in one transaction, refunds included. Alone is
the same code with a transaction for each report, and naive what most panels do: read the row, set
what is new, save it. All three in turn on orders of the same kind; figures are medians.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from bench.add import RATIOS, Ratio
from bench.report import Section
from orders.following import reporting, syncing
from orders.models import Order, OrderEvent, Status
from services.models import Provider
from services.providers.dialect import ReportState
from services.providers.reports import Report
from tests.factories import offer, service
from wallet import ledger

SQL = Path(__file__).with_name("following.sql")
OPEN = 1_000_000
BATCH = syncing.BATCH
ROUNDS = 3
# In each round: batches of a typical answer, of one without news, of refunds; fewer reports alone.
BATCHES, FEW = 10, 3
CHOSEN = 200
Told = dict[int, Report]


@dataclass(slots=True)
class Figures:
    """Reports applied in a second by name, one figure for each round; microseconds for an id,
    and until a small change is on the disk."""

    rates: dict[str, list[float]]
    choosing_micros: float
    commit_micros: float

    def rate(self, name: str) -> float:
        return statistics.median(self.rates[name])

    @property
    def call_seconds(self) -> float:
        """What a hundred orders cost the panel: chosen, and their reports applied."""
        return BATCH * self.choosing_micros / 1_000_000 + BATCH / self.rate("typical, together")

    def ratios(self) -> list[Ratio]:
        together = self.rate("typical, together")
        return [
            Ratio("together / one transaction each", together / self.rate("typical, alone"), 10),
            Ratio("together / naive", together / self.rate("typical, naive"), 20),
            Ratio("no news / typical, together", self.rate("no news, together") / together, 1),
            Ratio("microseconds to choose one", self.choosing_micros, 10, is_ceiling=True),
        ]

    def section(self) -> Section:
        rows = [f"| {name} | {self.rate(name):,.0f} |" for name in self.rates]
        words = (
            f"{OPEN:,} open orders of one provider, all of them due; reports in hundreds. Of a"
            " typical hundred 60 have no\nnews, 30 progress, 7 are completed and 3 partial, with"
            " their refunds booked. “Naive” reads, sets and\nsaves each row. One connection,"
            f" medians of {ROUNDS} rounds in turn. The panel's part of a call about\na hundred"
            f" takes {self.call_seconds * 1000:.0f} ms; what a provider needs comes to that"
            " ([scaling](scaling.md)).\nOne commit takes"
            f" {self.commit_micros:,.0f} microseconds here: a slower disk widens what is between"
            " together and alone."
        )
        head = "| reports | applied a second |\n|---|---:|"
        ratios = ["", *RATIOS, *map(str, self.ratios())]
        return Section("Following orders", words, "\n".join([head, *rows, *ratios]))


def measure() -> Figures:
    """On the customers of `bench.books`, whose temporary table it reads."""
    stock = _orders()
    rates: dict[str, list[float]] = {}
    for _round in range(ROUNDS):
        for mix, batches in (("typical", BATCHES), ("no news", BATCHES), ("refunds", FEW)):
            for how, apply, share in (
                ("together", _together, batches),
                ("alone", _alone, FEW),
                ("naive", _naive, FEW),
            ):
                told = [_told(mix, stock) for _batch in range(share)]
                rates.setdefault(f"{mix}, {how}", []).append(_per_second(apply, told))
    return Figures(rates=rates, choosing_micros=_choosing(), commit_micros=_commit())


def reported() -> int:
    """How many orders are used up: each is told of once."""
    return ROUNDS * BATCH * (2 * BATCHES + FEW + 6 * FEW)


def _orders() -> Iterator[int]:
    sold = offer()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_following AS SELECT %s AS provider_id, %s AS offer_id,"
            " %s AS service_id, %s AS open, %s AS reported, %s::timestamptz AS at",
            [
                sold.provider_id, sold.pk, service(provider_service=sold).pk, OPEN, reported(),
                timezone.now(),
            ],
        )  # fmt: skip
        cursor.execute(SQL.read_text(encoding="utf-8"))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT id FROM bench_open WHERE place <= %s ORDER BY id", [reported()])
        return itertools.chain.from_iterable(cursor.fetchall())


def _told(mix: str, stock: Iterator[int]) -> Told:
    return {pk: _report(mix, place) for place, pk in zip(range(BATCH), stock, strict=False)}


def _report(mix: str, place: int) -> Report:
    """Every order has 900 of 1,000 left."""
    if mix == "refunds":
        return _said(ReportState.PARTIAL, 300)
    if mix == "no news" or place < 60:
        return _said(ReportState.IN_PROGRESS, 900)
    if place < 90:
        return _said(ReportState.IN_PROGRESS, 800)
    return _said(ReportState.COMPLETED, 0) if place < 97 else _said(ReportState.PARTIAL, 300)


def _said(state: ReportState, remains: int) -> Report:
    return Report(
        state=state, word=state, remains=remains, remains_text=str(remains), start_count=10
    )


def _together(told: Told, at: datetime) -> None:
    reporting.apply_reports(reports=told, at=at)


def _alone(told: Told, at: datetime) -> None:
    for order_id, report in told.items():
        reporting.apply_report(order_id=order_id, report=report, at=at)


def _naive(told: Told, at: datetime) -> None:
    for order_id, report in told.items():
        with transaction.atomic():
            order = Order.objects.select_related("provider").get(pk=order_id)
            order.status = Status(str(report.state))
            order.start_count, order.remains = 10, report.remains
            if report.state == ReportState.PARTIAL:
                order.due_micros = order.refunded_micros = 300_000
            order.save()
            OrderEvent.objects.create(order=order, kind="progress", detail={}, at=at)
            if order.refunded_micros:
                ledger.refund(
                    customer_id=order.customer_id,
                    reference=order.reference,
                    due_micros=order.refunded_micros,
                    at=at,
                )
            if order.is_final:
                ledger.settle(reference=order.reference, at=at)


def _per_second(apply: Callable[[Told, datetime], None], told: Sequence[Told]) -> float:
    at = timezone.now()
    began = time.perf_counter()
    for batch in told:
        apply(batch, at)
    return BATCH * len(told) / (time.perf_counter() - began)


def _choosing() -> float:
    """Microseconds per order, of a turn that goes on and on: the best of its stretches, as whatever
    else the machine does can only add to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT provider_id FROM bench_following")
        provider_id = cursor.fetchone()[0]
    at, since, stretches = timezone.now(), None, []
    for _stretch in range(CHOSEN // FEW):
        began, chosen = time.perf_counter(), 0
        for _batch in range(FEW):
            batch, since = syncing._due(provider_id=provider_id, at=at, since=since)
            chosen += len(batch)
        stretches.append((time.perf_counter() - began) * 1_000_000 / chosen)
    return min(stretches)


def _commit() -> float:
    """Microseconds that one small change needs to the disk, its statement not counted."""
    times = []
    for _change in range(CHOSEN):
        with transaction.atomic():
            Provider.objects.update(polling_until=None)
            began = time.perf_counter()
        times.append((time.perf_counter() - began) * 1_000_000)
    return statistics.median(times)
