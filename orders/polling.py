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
    the order's own terms (C-08); a canceled order has everything back already.
    """
    if order.status == Status.CANCELED and order.refunded_micros == order.charge_micros:
        return None
    if order.finished_at is not None:
        until = order.finished_at + timedelta(days=late_refund_days)
        return at + _SETTLED if at + _SETTLED <= until else None
    age = at - (order.sent_at or at)
    return at + next((every for limit, every in _AGES if age < limit), _OLD)
