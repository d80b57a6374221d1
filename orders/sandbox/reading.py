"""Played orders of a customer as they stand at a moment: what API v2 and REST v3 answer from.

All functions give Orders and FollowUps that are in no table of theirs and must not be saved; who
shows real ones shows these (`orders.api.answers`, the serializers of REST v3).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from orders.models import FollowUp, Order, SandboxOrder, SandboxOrderQuerySet, SandboxRequest
from orders.sandbox import life
from wallet.money import MICROS_PER_UNIT

# What there is to play with; what an order has cost comes back after that time.
BALANCE_MICROS = 100 * MICROS_PER_UNIT
FRESH_AFTER = timedelta(hours=24)
MOST_LISTED = 100


def orders_by_number(*, customer_id: int, numbers: Iterable[int], at: datetime) -> dict[int, Order]:
    """Those of the numbers that are the customer's own played orders."""
    rows = SandboxOrder.objects.visible_to(customer_id).filter(pk__in=set(numbers))
    return {order.pk: order for order in as_they_stand(rows, at=at)}


def newest_orders(
    *, customer_id: int, at: datetime, before: int | None = None, most: int = MOST_LISTED
) -> list[Order]:
    """A page of his played orders, newest first, of those with a number below `before`."""
    rows = SandboxOrder.objects.visible_to(customer_id).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return as_they_stand(rows[:most], at=at)


def kept_orders(*, customer_id: int, at: datetime) -> list[Order]:
    """All of his played orders that are not forgotten, oldest first."""
    rows = SandboxOrder.objects.visible_to(customer_id).order_by("pk")
    return as_they_stand(rows, at=at)


def balance_micros(*, customer_id: int, at: datetime) -> int:
    """What is left to play with, exact to the micro; never below zero."""
    rows = SandboxOrder.objects.visible_to(customer_id).since(at - FRESH_AFTER)
    return left_of(as_they_stand(rows, at=at), at=at)


def left_of(orders: Iterable[Order], *, at: datetime) -> int:
    """The same, where his orders were read before."""
    recent = (order for order in orders if order.created_at > at - FRESH_AFTER)
    return max(0, BALANCE_MICROS - sum(order.net_charge_micros for order in recent))


def follow_ups(
    *,
    customer_id: int,
    kind: FollowUp.Kind,
    at: datetime,
    numbers: Iterable[int] | None = None,
    before: int | None = None,
    most: int = MOST_LISTED,
) -> list[FollowUp]:
    """Refills or cancels of his played orders, newest first: those of `numbers`, or a page of
    those with a number below `before`."""
    requests = SandboxRequest.objects.filter(order__customer_id=customer_id, kind=kind)
    if numbers is not None:
        requests = requests.filter(pk__in=set(numbers))
    if before is not None:
        requests = requests.filter(pk__lt=before)
    return [life.follow_up_at(one, at=at) for one in requests.order_by("-pk")[:most]]


def as_they_stand(rows: SandboxOrderQuerySet, *, at: datetime) -> list[Order]:
    """The Orders that played rows are at that moment."""
    return [
        life.order_at(row, requests=row.requests.all(), at=at)
        for row in rows.prefetch_related("requests")
    ]
