"""How long an order may take: estimated from what its service did of late, never promised (CAT-08),
but for a service of a tier, whose hours stand in the order's own terms (CAT-11, SLA-02).

An order is late after its tier's hours, else after three times what was estimated. Rules:
docs/following.md, "How fast"; docs/listing.md, "Tiers".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from legal.durations import DeliveryWindow
from legal.terms import policy_of
from orders.models import ACCEPTED, Order, Role
from services import listing
from services.models import Pace
from services.paces import FEWEST_ORDERS
from services.types import spec_of

LATE_AFTER = 3


def late_from(*, order: Order, at: datetime) -> datetime | None:
    """When an order that is accepted at `at` counts as late: after the hours of its tier, counted
    from the order, or three times what the slower ones of its service took lately, or what was said
    when it was placed; None where nobody can say."""
    if order.role == Role.SUBSCRIPTION:
        return None
    if window := window_of(order):
        return order.created_at + timedelta(hours=window.to_hours, minutes=_spread_minutes(order))
    minutes = _expected_minutes(order)
    return None if minutes is None else at + timedelta(minutes=LATE_AFTER * minutes)


def window_of(order: Order) -> DeliveryWindow | None:
    """In which hours it is delivered by its own terms; None for a service without a tier."""
    tier = str(order.snapshot.get("tier") or "")
    return listing.window_of(tier=tier, policy=policy_of(order.publication_id)) if tier else None


def is_late(*, order: Order, at: datetime) -> bool:
    """As `Order.objects.late`, of an order that is read already."""
    return order.status in ACCEPTED and order.expected_by is not None and order.expected_by < at


def minutes_left(*, order: Order, at: datetime) -> int | None:
    """About how many minutes a running order still takes, at least one: by its own speed once it
    has one, else by its service's. None where nobody can say, and once the estimate is over."""
    if order.status not in ACCEPTED or order.sent_at is None or order.role == Role.SUBSCRIPTION:
        return None
    ends_at = _end_by_own_speed(order) or _end_by_pace(order, order.sent_at)
    if ends_at is None or ends_at <= at:
        return None
    return max(1, round((ends_at - at) / timedelta(minutes=1)))


def pace_of(service_id: int) -> Pace | None:
    """How fast a service was lately, if enough of its orders say so."""
    paces = Pace.objects.filter(service=service_id, orders__gte=FEWEST_ORDERS)
    return paces.select_related("service").first()


def _expected_minutes(order: Order) -> int | None:
    waits = _spread_minutes(order)
    pace = pace_of(order.service_id)
    if pace is not None:
        thousands = 1.0 if spec_of(pace.service.type).is_package else order.units / 1000
        taken = pace.start_minutes_high + pace.minutes_per_1000_high * thousands
        return round(taken) + waits + 1
    said = order.snapshot.get("average_minutes")
    return said + waits if isinstance(said, int) and said > 0 else None


def _spread_minutes(order: Order) -> int:
    """Runs that the provider spreads itself cannot be faster than their plan."""
    return ((order.runs or 1) - 1) * (order.interval_minutes or 0)


def _end_by_own_speed(order: Order) -> datetime | None:
    """Done in the time since it was accepted, so that a slow start counts for the rest, too."""
    if order.checked_at is None or order.sent_at is None or order.remains is None:
        return None
    done = order.units - order.remains
    if order.started_at is None or done <= 0 or order.remains <= 0:
        return None
    return order.checked_at + (order.checked_at - order.sent_at) * order.remains / done


def _end_by_pace(order: Order, sent_at: datetime) -> datetime | None:
    minutes = _expected_minutes(order)
    return None if minutes is None else sent_at + timedelta(minutes=minutes)
