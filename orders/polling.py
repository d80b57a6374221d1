"""When an order is looked at next: young ones often, old ones rarely, finished ones hardly."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import Order, Status

# (younger than, checked every), by the time since the provider accepted the order.
_AGES = (
    (timedelta(minutes=10), timedelta(seconds=10)),
    (timedelta(hours=1), timedelta(minutes=1)),
    (timedelta(days=1), timedelta(minutes=10)),
)
_OLD = timedelta(hours=1)
_SETTLED = timedelta(days=1)


def first_poll_at(*, at: datetime) -> datetime:
    return at + _AGES[0][1]


def next_poll_at(*, order: Order, at: datetime, late_refund_days: int) -> datetime | None:
    """The next check, or None when no report can change the order any more.

    A provider may still admit a shortfall after the end, for `order.accept_late_refunds_days` of
    the order's own terms (C-08); what gave everything back already is not asked about. An order
    that was absorbed ends when its provider is done with it.
    """
    if order.status == Status.CANCELED and order.kept_micros == 0:
        return None
    ended_at = order.settled_at if order.absorbed_micros else order.finished_at
    if ended_at is not None:
        until = ended_at + timedelta(days=late_refund_days)
        return at + _SETTLED if at + _SETTLED <= until else None
    age = at - (order.sent_at or at)
    return at + next((every for limit, every in _AGES if age < limit), _OLD)
