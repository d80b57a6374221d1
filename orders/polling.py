"""When an order is looked at next: young and nearly finished ones often, old ones rarely, finished
ones hardly. Rules: docs/following.md, "How often"."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import Order, Status

# An order is checked after a share of its age, so that what is known of it is never older than
# that: a twentieth, or a hundredth while its last tenth is being delivered.
_SHARE_OF_AGE = 20
_SHARE_OF_AGE_NEARLY_FINISHED = 100
_NEARLY_FINISHED = 10
# The first check is this long after the acceptance, too: orders/sql/guard_clocks.sql.
_MOST_OFTEN = timedelta(seconds=10)
_MOST_RARELY = timedelta(hours=1)
_SETTLED = timedelta(days=1)


def next_poll_at(*, order: Order, at: datetime, late_refund_days: int) -> datetime | None:
    """The next check, or None when no report can change the order any more.

    A provider may still admit a shortfall after the end, for `order.accept_late_refunds_days` of
    the order's own terms (DEL-08); what gave everything back already is not asked about. An order
    that was absorbed ends when its provider is done with it.
    """
    if order.status == Status.CANCELED and order.kept_micros == 0:
        return None
    if order.provider is not None and order.provider.is_manual:
        return None  # nobody to ask: whoever carries it out says how it stands
    ended_at = order.settled_at if order.absorbed_micros else order.finished_at
    if ended_at is not None:
        until = ended_at + timedelta(days=late_refund_days)
        return at + _SETTLED if at + _SETTLED <= until else None
    return at + _every(order, age=at - (order.sent_at or at))


def _every(order: Order, *, age: timedelta) -> timedelta:
    is_nearly_finished = (
        order.started_at is not None
        and order.remains is not None
        and order.remains * _NEARLY_FINISHED <= order.units
    )
    share = _SHARE_OF_AGE_NEARLY_FINISHED if is_nearly_finished else _SHARE_OF_AGE
    return max(_MOST_OFTEN, min(age / share, _MOST_RARELY))
