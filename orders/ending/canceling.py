"""A customer takes an order back: what that means depends on where the order is and on its terms
(`order.customer_cancel`). The table: docs/after-an-order.md, "Cancel".

This module says which way an order would go, and goes the shortest one itself: an order that
nobody has sent ends at once. The others are requests, which `orders.followups` carries out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from legal.policy import Policy
from legal.terms import policy_of
from orders import lifecycle
from orders.models import ACCEPTED, UNSENT, Order, Role, Status


class TooLate(Exception):
    """The order is with a provider, or its terms do not let the customer take it back."""


class Way(StrEnum):
    """What becomes of the order, and of the money, when its customer asks for a cancel."""

    # Nobody has it: canceled, and every cent back, in one transaction.
    AT_ONCE = "at_once"
    # It is on its way: whether it arrived decides.
    BY_OUTCOME = "by_outcome"
    # With a provider that has not begun: canceled at once at the house's cost, and called back.
    ABSORB = "absorb"
    # With a provider: it is asked once, and its own report decides what comes back (DEL-03).
    REQUEST = "request"


# With these terms an order that nobody has sent goes back without a word about its service.
_UNSENT_GO = ("pending", "pending_absorb", "pending_or_service_flag")
_NOT_ITS_OWN = (Role.RUN, Role.POST)
_BEGUN = (Status.IN_PROGRESS, Status.PROCESSING)
_ON_ITS_WAY = (Status.SUBMITTING, Status.UNCERTAIN)


def undo_until(*, order: Order) -> datetime:
    """Until when an order from the web can be taken back whatever the terms say."""
    if order.channel == Order.Channel.API:
        return order.created_at
    seconds = policy_of(order.publication_id).order_undo_seconds
    return order.created_at + timedelta(seconds=seconds)


def way_to_cancel(*, order: Order, at: datetime) -> Way | None:
    """Which way a cancel of this order would go now; None where it cannot be canceled by its
    customer (REF-01, REF-09, REF-10, REF-17, DEL-03). A run or a post ends with its plan."""
    if order.role in _NOT_ITS_OWN:
        return None
    policy = policy_of(order.publication_id)
    if order.status in UNSENT:
        is_free = at < undo_until(order=order) or _lets_unsent_go(policy, order)
        return Way.AT_ONCE if is_free else None
    if order.role == Role.DRIP_FEED:
        return None
    if order.status in _ON_ITS_WAY:
        is_open = _lets_unsent_go(policy, order) or may_be_asked(order=order)
        return Way.BY_OUTCOME if is_open else None
    return way_with_provider(order=order)


def way_with_provider(*, order: Order) -> Way | None:
    """The same for an order that a provider has accepted."""
    if order.status not in ACCEPTED or order.external_id is None:
        return None
    absorbs = policy_of(order.publication_id).order_customer_cancel == "pending_absorb"
    if absorbs and order.role == Role.SINGLE and lifecycle.may_absorb(order=order):
        return Way.ABSORB
    return Way.REQUEST if may_be_asked(order=order) else None


def may_be_asked(*, order: Order) -> bool:
    """Whether the provider may be asked to stop it: the terms allow it, and the service as it was
    ordered can be stopped. Consent to pay for posts without end can be taken back under any terms
    (SUB-03, SUB-04)."""
    is_without_end = order.role == Role.SUBSCRIPTION and order.runs is None
    terms = policy_of(order.publication_id).order_customer_cancel
    return (is_without_end or terms != "never") and can_be_stopped(order)


def can_be_stopped(order: Order) -> bool:
    return bool(order.snapshot.get("can_cancel"))


def gives_up_refund(order: Order) -> bool:
    """Whether a customer who has it stopped now gets nothing back for what is not delivered: it has
    begun, and was sold like that (CAT-06, REF-08). Plans give back what they did not spend."""
    has_begun = order.started_at is not None or order.status in _BEGUN
    is_single = order.role == Role.SINGLE
    return is_single and has_begun and order.snapshot.get("can_partial") is False


def may_cancel(*, order: Order, at: datetime) -> bool:
    """Whether the customer may ask for a cancel at all, by whichever way."""
    return way_to_cancel(order=order, at=at) is not None


def cancel(*, order_id: int, customer_id: int, at: datetime) -> Order:
    """Cancels an unsent order and returns the whole charge at once. Raises TooLate,
    Order.DoesNotExist. The row's lock decides between this and the worker that forwards it."""
    with transaction.atomic():
        order = Order.objects.visible_to(customer_id).select_for_update().get(pk=order_id)
        if way_to_cancel(order=order, at=at) != Way.AT_ONCE:
            raise TooLate
        take_back(order=order, at=at)
    return order


def take_back(*, order: Order, at: datetime) -> None:
    """Ends a locked order that nobody has sent, in its customer's name."""
    lifecycle.cancel_in_full(order=order, at=at, actor_id=order.customer_id, reason="customer")


def _lets_unsent_go(policy: Policy, order: Order) -> bool:
    if policy.order_customer_cancel == "service_flag":
        return can_be_stopped(order)
    return policy.order_customer_cancel in _UNSENT_GO
