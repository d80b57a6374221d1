"""When an answer to a request is due, when it is looked for, and when one may ask again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from orders.models import FollowUp, Order

Kind = FollowUp.Kind

_DUE_IN: Mapping[str, timedelta] = {
    Kind.REFILL: timedelta(hours=72),
    Kind.CANCEL: timedelta(hours=24),
    Kind.SPEED_UP: timedelta(hours=24),
}
# A refill whose provider never says that it is over is given up: the customer may ask anew.
REFILL_GIVEN_UP_AFTER = timedelta(days=14)
# (younger than, looked at every), by the time since the provider took the refill.
_REFILL_AGES = (
    (timedelta(hours=1), timedelta(minutes=2)),
    (timedelta(days=1), timedelta(minutes=20)),
)
_OLD_REFILL = timedelta(hours=2)
# Between tries that provably sent nothing: as long as it has waited so far, within these.
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=15)


def due_at(*, kind: str, at: datetime) -> datetime:
    """Until when somebody who asks at `at` has an answer."""
    return at + _DUE_IN[kind]


def next_refill_poll_at(*, asked_at: datetime, at: datetime) -> datetime:
    age = at - asked_at
    return at + next((every for limit, every in _REFILL_AGES if age < limit), _OLD_REFILL)


def next_orphan_poll_at(*, at: datetime) -> datetime:
    """Of an order without an owner that was called back; those of owners are followed anyway."""
    return at + timedelta(minutes=10)


def next_try_at(*, asked_at: datetime, at: datetime, wish_seconds: int | None) -> datetime:
    """After proof that nothing was sent; the provider's own wish comes first."""
    if wish_seconds is not None:
        return at + min(timedelta(seconds=wish_seconds), _LONGEST_PAUSE)
    return at + max(_SHORTEST_PAUSE, min(at - asked_at, _LONGEST_PAUSE))


def refill_until(order: Order) -> datetime | None:
    """The end of the refill time that the order was sold with (DEL-07); None before the order is
    completed, and where it was sold without refill."""
    days = order.snapshot.get("refill_days")
    if order.finished_at is None or not order.snapshot.get("can_refill"):
        return None
    return order.finished_at + timedelta(days=days if isinstance(days, int) else 0)


def cool_down() -> timedelta:
    """Between the end of one request and the next of its kind."""
    return timedelta(hours=settings.FOLLOW_UP_COOL_DOWN_HOURS)
