"""The panel's confirmation of an order: one mail for each that it has accepted (ORD-02).

An order that may still be taken back, or waits for staff, is not accepted yet; one that was taken
back before never is, and needs no mail. The mail and the mark that it was written are one
transaction, and the mail's key names the order: a sweep that dies or runs twice sends none twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import mail, sweeps
from legal.terms import policy_of
from orders.models import ASKED_FOR, Order, Role, Status
from services.pricing import charge_of
from services.types import ServiceType
from wallet.money import display

MOST_AT_ONCE = 200


def confirm_due(*, at: datetime) -> int:
    """Writes the mails of orders that were accepted by then; returns how many."""
    waiting = Order.objects.filter(confirmed_at=None, parent=None, role__in=ASKED_FOR)
    due = waiting.exclude(status=Status.HELD).order_by("pk").values_list("pk", flat=True)
    return sweeps.each("order", due[:MOST_AT_ONCE], lambda one: _confirm(one, at=at))


def _confirm(order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        orders = Order.objects.select_for_update(skip_locked=True, of=("self",))
        orders = orders.select_related("customer", "publication").filter(confirmed_at=None)
        order = orders.exclude(status=Status.HELD).filter(pk=order_id).first()
        if order is None or at < _accepted_at(order):
            return False
        is_accepted = order.status != Status.CANCELED or order.sent_at is not None
        if is_accepted:
            _tell(order, at=at)
        order.confirmed_at = at
        order.save(update_fields=["confirmed_at"])
    return is_accepted


def _accepted_at(order: Order) -> datetime:
    """When it cannot be taken back at once any more."""
    if order.channel == Order.Channel.API:
        return order.created_at
    return order.created_at + timedelta(seconds=policy_of(order.publication_id).order_undo_seconds)


def _tell(order: Order, *, at: datetime) -> None:
    mail.enqueue(
        key=f"{order.reference}:accepted",
        recipient=order.customer.email,
        template="order_accepted",
        context={
            "order": order,
            "service": order.snapshot["name"],
            "charge": display(order.charge_micros),
            "per_post": _per_post(order),
            "publication": order.publication.number,
            "documents": order.publication.versions_in(None),
            "order_path": order.get_absolute_url(),
        },
        at=at,
    )


def _per_post(order: Order) -> dict[str, str] | None:
    """What a subscription without a limit costs: nothing at once, and then so much a post."""
    if order.role != Role.SUBSCRIPTION or order.runs is not None:
        return None
    most_micros = charge_of(
        type_name=ServiceType.DEFAULT,
        rate_micros=order.rate_micros,
        quantity=order.quantity,
        runs=None,
    )
    return {"rate": display(order.rate_micros), "most": display(most_micros)}
