"""Staff release or refuse an order that was held because of what it names (AUP-01).

The row's lock decides between two people, and between them and a customer who takes it back. An
order that waits for a bank's warning is not theirs to release: it goes on when the warning ends.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import mail
from accounts.acts import log_act
from accounts.models import User
from orders import lifecycle
from orders.models import Order, OrderEvent, Status
from orders.nudging import nudge
from wallet.money import display

REVIEWING = "orders.review_held"
RELEASED, REFUSED = "screening_passed", "screening_refused"
SHORTEST_REASON, LONGEST_REASON = 10, 200


class TooLate(Exception):
    """The order is not held any more, or not for what it names."""


class OwnOrder(Exception):
    """Nobody decides about an order of his own."""


def blocked_terms(order: Order) -> list[str]:
    """What a held order was held for; nothing for one that is held for another reason."""
    moved = order.events.filter(kind=OrderEvent.Kind.STATUS)
    screened = order.events.filter(kind=OrderEvent.Kind.FLAGGED, detail__reason="screened").first()
    if order.status != Status.HELD or screened is None or moved.exists():
        return []
    terms: list[str] = screened.detail["terms"]
    return terms


def release(
    *, order_id: int, actor: User, reason: str, at: datetime, ip: str | None = None
) -> Order:
    """Queues a held order, to be sent at once. Raises TooLate, OwnOrder. `reason` is logged."""
    with transaction.atomic():
        order = _locked(order_id, actor)
        _log(order, actor, act="release held order", reason=reason, ip=ip)
        order.not_before = at
        order.save(update_fields=["not_before"])
        lifecycle.advance(order=order, to=Status.QUEUED, at=at, actor_id=actor.pk, reason=RELEASED)
        transaction.on_commit(lambda: nudge(order_id=order.pk), robust=True)
    return order


def refuse(
    *, order_id: int, actor: User, reason: str, at: datetime, ip: str | None = None
) -> Order:
    """Ends a held order and pays all of it back. Raises TooLate, OwnOrder. The customer reads
    `reason` in a mail."""
    with transaction.atomic():
        order = _locked(order_id, actor)
        _log(order, actor, act="refuse held order", reason=reason, ip=ip)
        mail.enqueue(
            key=f"{order.reference}:refused",
            recipient=order.customer.email,
            template="order_refused",
            context={
                "number": order.pk,
                "amount": display(order.net_charge_micros),
                "reason": reason,
            },
            at=at,
        )
        lifecycle.cancel_in_full(order=order, at=at, actor_id=actor.pk, reason=REFUSED)
    return order


def _locked(order_id: int, actor: User) -> Order:
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.customer_id == actor.pk:
        raise OwnOrder
    if not blocked_terms(order):
        raise TooLate
    return order


def _log(order: Order, actor: User, *, act: str, reason: str, ip: str | None) -> None:
    changes = {"terms": blocked_terms(order), "charge_micros": order.charge_micros}
    log_act(actor=actor, act=act, target=order.reference, reason=reason, changes=changes, ip=ip)
