"""A customer takes an order back before it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from legal.terms import policy_of
from orders import lifecycle
from orders.models import UNSENT, Order


class TooLate(Exception):
    """The order is with a provider, or its terms do not let the customer take it back."""


def undo_until(*, order: Order) -> datetime:
    """Until when an order from the web can be taken back whatever the terms say (UX-22)."""
    if order.channel == Order.Channel.API:
        return order.created_at
    seconds = policy_of(order.publication_id).order_undo_seconds
    return order.created_at + timedelta(seconds=seconds)


def may_cancel(*, order: Order, at: datetime) -> bool:
    """Only while no provider has it: inside the undo time always, later if the order's own terms
    let a pending order go (`order.customer_cancel`: REF-01, REF-09, C-06)."""
    if order.status not in UNSENT:
        return False
    policy = policy_of(order.publication_id)
    return at < undo_until(order=order) or policy.order_customer_cancel.startswith("pending")


def cancel(*, order_id: int, customer_id: int, at: datetime) -> Order:
    """Cancels an unsent order and returns the whole charge at once. Raises TooLate,
    Order.DoesNotExist. The row's lock decides between this and the worker that forwards it."""
    with transaction.atomic():
        order = Order.objects.visible_to(customer_id).select_for_update().get(pk=order_id)
        if not may_cancel(order=order, at=at):
            raise TooLate
        lifecycle.cancel_in_full(order=order, at=at, actor_id=customer_id, reason="customer")
    return order
