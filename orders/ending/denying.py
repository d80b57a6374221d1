"""Staff end an order and keep its charge, after a breach of the rules of use (FRD-05).

Only an order that no provider has: what is under way cannot be called back from here, and what a
provider reports about it is refunded by its own rules. The escrow becomes revenue at once, and
nothing that comes later gives it back: a canceled order without a number at a provider is never
looked at again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import mail
from accounts.acts import log_act
from accounts.models import User
from orders import lifecycle
from orders.models import UNSENT, Order, Status
from wallet.money import display

DENYING = "orders.cancel_without_refund"
REASON = "no_refund"
SHORTEST_REASON, LONGEST_REASON = 10, 200


class TooLate(Exception):
    """A provider has the order, or it has ended."""


class OwnOrder(Exception):
    """Nobody decides about an order of his own."""


def cancel_without_refund(
    *, order_id: int, actor: User, reason: str, at: datetime, ip: str | None = None
) -> Order:
    """Cancels an unsent order and recognises its charge. Raises TooLate, OwnOrder.

    `reason` is for the log of acts. The customer gets one mail. The row's lock decides between
    this and the worker that forwards the order.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.customer_id == actor.pk:
            raise OwnOrder
        if order.status not in UNSENT:
            raise TooLate
        lifecycle.advance(order=order, to=Status.CANCELED, at=at, actor_id=actor.pk, reason=REASON)
        lifecycle.book(order=order, due_micros=order.due_micros, at=at)
        log_act(
            actor=actor,
            act="cancel order without refund",
            target=order.reference,
            reason=reason,
            changes={"kept_micros": order.net_charge_micros},
            ip=ip,
        )
        _tell(order, at=at)
    return order


def _tell(order: Order, *, at: datetime) -> None:
    mail.enqueue(
        key=f"{order.reference}:denied",
        recipient=order.customer.email,
        template="order_denied",
        context={
            "number": order.pk,
            "amount": display(order.net_charge_micros),
            "reason": _("A breach of the rules of use"),
        },
        at=at,
    )
