"""Plans ask for an order to be stopped; `orders.followups` passes it on, once."""

from __future__ import annotations

from datetime import datetime

from orders.ending.canceling import can_be_stopped
from orders.followups import asking
from orders.models import FollowUp, Order


def ask_to_stop(*, order: Order, at: datetime) -> bool:
    """Asks for a locked order to be stopped at its provider; False where its service cannot be, or
    where that was asked for before, by whomever."""
    if order.external_id is None or not can_be_stopped(order):
        return False
    if order.follow_ups.filter(kind=FollowUp.Kind.CANCEL).exists():
        return False
    asking.call_back(order=order, at=at)
    return True
