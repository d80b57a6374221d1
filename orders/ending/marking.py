"""Marks that staff put on an order: the customer's own mistake (ORD-08), and that support looks
into it (ORD-11). Neither moves money; both are lines of the story that its customer reads."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from orders import lifecycle
from orders.ending import proposals
from orders.ending.proposals import Actor
from orders.models import Order, OrderEvent

MARKING = "orders.mark_user_error"
_REVIEW = OrderEvent.Kind.REVIEW


def mark_user_error(*, order_id: int, reason: str, actor: Actor) -> None:
    """Claims are answered with the standing words from now on, and only finance can pay back. The
    customer reads the reason. A second press changes nothing. Raises Refused (own order)."""
    with transaction.atomic():
        order = proposals.hold_order(order_id)
        proposals.check_actor(order, actor)
        if order.user_error_at is not None:
            return
        mark(order, reason=reason, by=actor.by, at=actor.at)
        proposals.log(order, actor, act="mark user error", reason=reason, changes={})


def unmark_user_error(*, order_id: int, reason: str, actor: Actor) -> None:
    """It was no mistake of the customer after all. Raises Refused (own order)."""
    with transaction.atomic():
        order = proposals.hold_order(order_id)
        proposals.check_actor(order, actor)
        if order.user_error_at is None:
            return
        order.user_error_at = None
        order.save(update_fields=["user_error_at"])
        _record(order, "no_user_error", reason=reason, by=actor.by, at=actor.at)
        proposals.log(order, actor, act="unmark user error", reason=reason, changes={})


def mark(order: Order, *, reason: str, by: User, at: datetime) -> None:
    """Marks a locked order."""
    order.user_error_at = at
    order.save(update_fields=["user_error_at"])
    _record(order, "user_error", reason=reason, by=by, at=at)


def user_error_reason(order: Order) -> str:
    """What staff wrote when they marked it, for the customer."""
    marks = order.events.filter(kind=_REVIEW, detail__review="user_error")
    last = marks.order_by("-pk").first()
    return str(last.detail.get("reason", "")) if last and order.user_error_at else ""


def open_review(*, order_id: int, by: User, at: datetime) -> None:
    """Support looks into the order: its page asks the customer not to change the target (ORD-11).
    Nothing happens while a review is open."""
    with transaction.atomic():
        order = proposals.hold_order(order_id)
        if order.review_since is None:
            order.review_since = at
            order.save(update_fields=["review_since"])
            _record(order, "opened", reason="", by=by, at=at)


def close_review(*, order_id: int, by: User, at: datetime) -> None:
    """Support has finished. Nothing happens without an open review."""
    with transaction.atomic():
        order = proposals.hold_order(order_id)
        if order.review_since is not None:
            order.review_since = None
            order.save(update_fields=["review_since"])
            _record(order, "closed", reason="", by=by, at=at)


def _record(order: Order, what: str, *, reason: str, by: User, at: datetime) -> None:
    detail = {"review": what} | ({"reason": reason} if reason else {})
    lifecycle.record(order=order, kind=_REVIEW, detail=detail, at=at, actor_id=by.pk)
