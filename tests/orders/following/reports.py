"""Reports as a provider gives them, and what applying them did."""

from __future__ import annotations

from datetime import datetime

from orders.following import reporting
from orders.models import Order
from services.providers.dialect import ReportState
from services.providers.reports import Report, Unreadable
from wallet import verification


def report(state: str | None, remains: int | None = None, **fields: object) -> Report:
    """`state` is the panel's own word; None stands for one that nobody knows."""
    said = {"remains_text": None if remains is None else str(remains)}
    return Report(
        state=ReportState(state) if state else None,
        word=state or "gibberish",
        remains=remains,
        **said | fields,  # type: ignore[arg-type]
    )


def apply(placed: Order, *reports: Report | Unreadable, at: datetime) -> Order:
    for one in reports:
        reporting.apply_report(order_id=placed.pk, report=one, at=at)
    placed.refresh_from_db()
    return placed


def broken_books() -> list[str]:
    """The names of the proofs that fail."""
    return [finding.name for finding in verification.verify() if not finding.is_ok]
