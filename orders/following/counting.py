"""What a report says in numbers: kept for the pages, and flagged where it cannot be right.

None of it moves money. A provider's price goes into two columns of its own that nothing but reports
on margins reads (docs/following.md).
"""

from __future__ import annotations

import re
from datetime import datetime

from orders.models import FINAL, Order
from services.providers.dialect import ReportState
from services.providers.reports import Report
from wallet.money import MICROS_PER_UNIT

GREW = "remains grew"
START_CHANGED = "start count changed"
BELOW_START = "count below the start"
_RUNNING = (ReportState.IN_PROGRESS, ReportState.PROCESSING)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_LARGEST_CHARGE_MICROS = 10**15


def falling(*, order: Order, report: Report) -> tuple[str, ...]:
    """What staff should look at: counts that go the wrong way while the order is delivered.

    After its end a drop is no shortfall (DEL-08), so nothing is flagged then."""
    if order.status in FINAL or report.state not in _RUNNING:
        return ()
    found = []
    if report.remains is not None and report.remains > order.units:
        found.append(BELOW_START)
    elif order.started_at is not None and (report.remains or 0) > (order.remains or 0):
        found.append(GREW)
    if _start_moved(order, report):
        found.append(START_CHANGED)
    return tuple(found)


def _start_moved(order: Order, report: Report) -> bool:
    """Before the start providers count from nothing, or have not counted yet."""
    before, now = order.start_count, report.start_count
    return order.started_at is not None and None not in (before, now) and before != now


def note(*, order: Order, report: Report, at: datetime) -> bool:
    """Takes the latest counts over to a locked order that has not ended; whether they are new."""
    if order.status in FINAL:
        return False
    before = (order.start_count, order.remains)
    if report.start_count is not None:
        order.start_count = report.start_count
    if _has_counted(order, report):
        order.remains = report.remains
    if order.started_at is None and order.remains is not None and order.remains < order.units:
        order.started_at = at
    return (order.start_count, order.remains) != before


def _has_counted(order: Order, report: Report) -> bool:
    """Some providers say "0" before they have counted at all."""
    if report.remains is None or report.remains > order.units:
        return False
    return report.remains > 0 or report.state != ReportState.PENDING


def note_price(*, order: Order, report: Report, currency: str) -> bool:
    """Keeps what the provider takes, in its own `currency` unless it names another."""
    price = report.charge
    if price is None or not 0 <= price * MICROS_PER_UNIT <= _LARGEST_CHARGE_MICROS:
        return False
    named = (report.currency or "").upper()
    before = (order.provider_charge_micros, order.provider_currency)
    order.provider_charge_micros = int(price * MICROS_PER_UNIT)
    order.provider_currency = named if _CURRENCY.fullmatch(named) else currency
    return (order.provider_charge_micros, order.provider_currency) != before
