"""What people grant is carried out here, under the order's lock: the money through the lifecycle,
and with the last cent of a running order its end."""

from __future__ import annotations

from datetime import datetime

from orders import lifecycle
from orders.models import FINAL, UNSENT, Order, Role, Status

# The worker is at it, or nobody knows what it did: the sending has to be decided first.
IN_DOUBT = (Status.SUBMITTING, Status.UNCERTAIN)


def end_in_full(*, order: Order, at: datetime, actor_id: int | None, reason: str) -> None:
    """Ends a locked order that has not ended as Canceled, with every cent back.

    What a provider has and calls Pending is paid out of the house's own money while the provider is
    asked to stop; what it says later decides about our loss alone. Only single orders end so: the
    books of plans and their runs follow other reports. `followups.recalling` calls both back.
    """
    if order.role == Role.SINGLE and order.charge_micros and lifecycle.may_absorb(order=order):
        lifecycle.absorb(order=order, at=at, actor_id=actor_id, reason=reason)
    else:
        lifecycle.cancel_in_full(order=order, at=at, actor_id=actor_id, reason=reason)
    stop_children(parent=order, at=at, reason=reason)


def pay_back(
    *, order: Order, target_micros: int, at: datetime, actor_id: int | None, reason: str
) -> int:
    """Brings what came back of a locked order up to the target; returns the micros paid now. An
    order that has not ended ends with its last cent; with a part of it, it goes on."""
    before = order.refunded_micros
    if order.status not in FINAL and target_micros >= order.charge_micros:
        end_in_full(order=order, at=at, actor_id=actor_id, reason=reason)
    else:
        lifecycle.book(order=order, due_micros=target_micros, at=at)
    return order.refunded_micros - before


def stop_children(*, parent: Order, at: datetime, reason: str) -> None:
    """Runs of an ended plan that nobody has sent do not go out. They have no charge of their own;
    the parent is locked before them."""
    waiting = parent.children.filter(status__in=UNSENT).order_by("pk")
    for child in waiting.select_for_update():
        lifecycle.cancel_in_full(order=child, at=at, reason=reason)
