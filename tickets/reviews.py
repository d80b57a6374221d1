"""An order is under review while a ticket about it is open (ORD-11)."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from orders.ending import marking
from orders.models import Order
from tickets.models import Ticket


def follow(ticket: Ticket, *, by: User, at: datetime) -> None:
    """Opens or closes the review as the order's tickets stand now, in the ticket's transaction.

    The order's lock comes first: of two tickets that are closed at once the later sees the other.
    """
    if ticket.order_id is None:
        return
    order = Order.objects.select_for_update().get(pk=ticket.order_id)
    if Ticket.objects.open().filter(order=order).exists():
        marking.open_review(order_id=order.pk, by=by, at=at)
    else:
        marking.close_review(order_id=order.pk, by=by, at=at)
