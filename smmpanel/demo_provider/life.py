"""How an order lives: a pure function of the order and the time, so a test needs only a clock.

A fifth of its time an order is Pending, then it runs, then it is final. The link decides how it
ends: `partial` (`partial-40` leaves 40 % undone), `cancel`, `slow` (ten times as long), in the path
or in the query; every other link is completed.
"""

import re
import zlib
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from smmpanel.demo_provider.offering import SERVICES

PARTIAL = re.compile(r"partial(?:-(\d{1,3}))?", re.ASCII)
DEFAULT_REMAINING_PERCENT = 30
PENDING_SHARE = 0.2
SLOW_FACTOR = 10


@dataclass(frozen=True)
class Order:
    """One order as stored; times are seconds of the provider's own clock.

    A drip-feed has several `runs` of its quantity. `parent` is the subscription that made it.
    """

    number: int
    service: int
    link: str
    quantity: int
    created_at: float
    stopped_at: float | None = None
    runs: int = 1
    parent: int | None = None

    @property
    def units(self) -> int:
        return self.quantity * self.runs


@dataclass(frozen=True)
class Progress:
    """One order at one moment; `start_count` is None before it starts."""

    status: str
    remains: int
    start_count: int | None
    is_final: bool

    def charge(self, order: Order) -> Decimal:
        """What the order costs now: only what was or will be delivered, nothing when canceled."""
        if self.status == "Canceled":
            return Decimal(0)
        undone = self.remains if self.status == "Partial" else 0
        return SERVICES[order.service].charge(order.units - undone)


def progress(order: Order, *, at: float, seconds_per_order: float) -> Progress:
    """The order at `at`; once stopped by a cancel request it stays as it was then."""
    if order.stopped_at is not None and order.stopped_at <= at:
        return _stopped(order, seconds_per_order=seconds_per_order)
    return _running(order, at=at, seconds_per_order=seconds_per_order)


def _stopped(order: Order, *, seconds_per_order: float) -> Progress:
    before = _running(order, at=order.stopped_at or 0, seconds_per_order=seconds_per_order)
    if before.is_final:
        return before
    status = "Canceled" if before.remains == order.units else "Partial"
    return Progress(status, before.remains, before.start_count, is_final=True)


def _running(order: Order, *, at: float, seconds_per_order: float) -> Progress:
    wanted = _keywords(order.link)
    lasts = seconds_per_order * order.runs * (SLOW_FACTOR if "slow" in wanted else 1)
    share = min(1.0, max(0.0, (at - order.created_at) / lasts)) if lasts > 0 else 1.0
    if share < PENDING_SHARE:
        return Progress("Pending", order.units, None, is_final=False)
    if "cancel" in wanted:
        is_over = share >= 1
        return Progress("Canceled" if is_over else "Pending", order.units, None, is_final=is_over)
    undone = _undone(order, wanted)
    if share >= 1:
        status = "Partial" if PARTIAL.search(wanted) else "Completed"
        return Progress(status, undone, _start_count(order), is_final=True)
    done = round((order.units - undone) * (share - PENDING_SHARE) / (1 - PENDING_SHARE))
    return Progress("In progress", order.units - done, _start_count(order), is_final=False)


def _keywords(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}".lower()


def _undone(order: Order, wanted: str) -> int:
    found = PARTIAL.search(wanted)
    if found is None:
        return 0
    percent = min(100, int(found[1] or DEFAULT_REMAINING_PERCENT))
    return order.units * percent // 100


def _start_count(order: Order) -> int:
    return 100 + zlib.crc32(order.link.encode("utf-8", "replace")) % 9_900
