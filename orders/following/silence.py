"""Reports that cannot be used: counted, told to staff after a while, never taken for an end."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts import cases
from accounts.models import Case
from orders.models import Order
from services.providers.reports import Report, Unreadable

UNKNOWN_WORDS_BEFORE_ALERT = 3
UNREADABLE_BEFORE_ALERT = 10
SILENCE_BEFORE_ALERT = timedelta(hours=24)
_MOST_COUNTED = 1000


def note_miss(order: Order, report: Report | Unreadable, *, at: datetime) -> None:
    """No usable report about a locked order: it stays as it is."""
    if isinstance(report, Unreadable):
        threshold, said = UNREADABLE_BEFORE_ALERT, f"{report.reason} {report.text}".strip()
    else:
        threshold, said = UNKNOWN_WORDS_BEFORE_ALERT, report.word
    order.poll_failures = min(order.poll_failures + 1, _MOST_COUNTED)
    order.silent_since = order.silent_since or at
    if order.poll_failures >= threshold or at - order.silent_since >= SILENCE_BEFORE_ALERT:
        cases.raise_case(
            kind=Case.Kind.REPORT_UNREADABLE, key=order.reference, detail=said[:200], at=at
        )


def end_silence(order: Order, *, at: datetime) -> None:
    """A readable report: the count begins anew and the case closes by itself."""
    order.silent_since = None
    if order.poll_failures:
        order.poll_failures = 0
        cases.resolve_case(
            kind=Case.Kind.REPORT_UNREADABLE,
            key=order.reference,
            resolution="readable again",
            at=at,
        )
