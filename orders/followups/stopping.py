"""Orders behind a reversed payment that a provider has: each is called back once, where its
provider can do that, and staff get the rest (CHB-02, `chargeback.cancel_orders` = all). Nothing is
refunded for the asking: the orders' own reports say what comes back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases, sweeps
from accounts.models import Case
from orders.ending import suspending
from orders.followups import asking
from orders.models import ACCEPTED, FollowUp, Order
from wallet.models import Dispute

Kind = FollowUp.Kind


def call_back_reversed(*, at: datetime) -> int:
    """Asks providers to stop what the customers of reversed payments have running; returns how
    many requests were made. One that was made before, by whomever, is not made again."""
    called = 0
    for dispute, orders in suspending.sent_where_all_end(at=at):
        stoppable = [order.pk for order in orders if _can_be_called_back(order)]
        called += sweeps.each("order", stoppable, lambda one: _call_back(one, at=at))
        rest = [order.pk for order in orders if order.pk not in stoppable]
        _ask_staff(dispute, rest, at=at)
    return called


def _can_be_called_back(order: Order) -> bool:
    offer = order.offer
    is_theirs = offer is not None and offer.provider_id == order.provider_id
    return order.status in ACCEPTED and is_theirs and offer is not None and offer.can_cancel


def _call_back(order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if not _can_be_called_back(order) or order.follow_ups.filter(kind=Kind.CANCEL).exists():
            return False
        asking.call_back(order=order, at=at)
    return True


def _ask_staff(dispute: Dispute, numbers: list[int], *, at: datetime) -> None:
    """Once for each dispute, with the orders that only a person can end."""
    key = f"{dispute.reference}:orders"
    if not numbers or Case.objects.filter(kind=Case.Kind.ORDER_REVIEW, key=key).exists():
        return
    cases.raise_case(
        kind=Case.Kind.ORDER_REVIEW,
        key=key,
        detail=_("A payment was reversed: cancel at the provider, if it can: %(orders)s.")
        % {"orders": ", ".join(str(number) for number in numbers)},
        at=at,
    )
