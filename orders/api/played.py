"""What the actions of API v2 do with the orders of sandbox keys: `live`, without money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from orders.api.plan_answers import extras
from orders.models import FollowUp, Order
from orders.placing.asking import OrderRequest
from orders.placing.placement import Placed
from orders.placing.reading import Found
from orders.sandbox import life, placing, reading
from orders.sandbox.asking import ask_many as ask
from orders.sandbox.placing import place_many
from orders.sandbox.reading import balance_micros as spendable_micros
from orders.telling import report

__all__ = ["ask", "place", "place_many", "refill_states", "reports", "spendable_micros"]


def place(*, customer_id: int, request: OrderRequest, at: datetime, found: Found | None) -> Placed:
    """What was read of real orders says nothing about played ones."""
    return placing.place(customer_id=customer_id, request=request, at=at)


def reports(
    *, customer_id: int, numbers: Iterable[int], at: datetime
) -> dict[int, dict[str, object]]:
    found = reading.orders_by_number(customer_id=customer_id, numbers=numbers, at=at)
    return {number: _report(order) for number, order in found.items()}


def _report(order: Order) -> dict[str, object]:
    """Runs and posts have no numbers of their own here."""
    return {**report(order), **extras(order, [], life.plan_of(order))}


def refill_states(*, customer_id: int, numbers: Iterable[int], at: datetime) -> dict[int, str]:
    refills = reading.follow_ups(
        customer_id=customer_id, kind=FollowUp.Kind.REFILL, numbers=numbers, at=at
    )
    return {refill.pk: refill.state for refill in refills}
