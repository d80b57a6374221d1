"""Staff choose the provider's service for an order that provably nobody has, or send it on now.

Only a queued or held order may be moved: nothing of it is on its way. What was uncertain has to be
decided as not created first. Source: docs/forwarding.md, "Changing the provider".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from legal.terms import policy_of
from orders.models import SENT, UNSENT, Order
from orders.sending.alternatives import fitting
from services.models import ProviderService


class CannotReroute(Exception):
    """Nothing was changed; `message` tells staff why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerouting:
    """Who sends what by whom. `seen_offer_id` is where it stood when it was looked at."""

    order_id: int
    seen_offer_id: int | None
    offer_id: int
    actor: User
    reason: str
    at: datetime
    ip: str | None = None


def may_reroute(order: Order) -> bool:
    return order.status in UNSENT and order.role in SENT


def choices_for(order: Order) -> QuerySet[ProviderService]:
    """The service's own offer, its alternatives and the present one, as far as they fit."""
    return fitting(order).order_by("provider__name", "external_id")


def change_offer(*, rerouting: Rerouting) -> None:
    """The order goes to this offer as soon as its undo time is over; a held one stays held.

    Raises CannotReroute: it was sent, moved or ended meanwhile, or the offer does not fit.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=rerouting.order_id)
        if not may_reroute(order):
            raise CannotReroute(_("Too late: the order is on its way, or it has ended."))
        if order.offer_id != rerouting.seen_offer_id:
            raise CannotReroute(_("Somebody changed the provider meanwhile: look again."))
        if order.customer_id == rerouting.actor.pk:
            raise CannotReroute(_("This is your own order: colleagues look after it."))
        offer = choices_for(order).filter(pk=rerouting.offer_id).first()
        if offer is None:
            raise CannotReroute(_("This offer does not fit the order, or its provider is paused."))
        order.offer = offer
        order.not_before = max(rerouting.at, order.created_at + _undo_time(order))
        order.save(update_fields=["offer", "not_before"])
        _write_down(order, offer, rerouting)


def _write_down(order: Order, offer: ProviderService, rerouting: Rerouting) -> None:
    log_act(
        actor=rerouting.actor,
        act="change provider of order",
        target=order.reference,
        reason=rerouting.reason,
        changes={"offer": [rerouting.seen_offer_id, offer.pk]},
        ip=rerouting.ip,
    )
    cases.resolve_case(
        kind=Case.Kind.ORDER_REVIEW,
        key=order.reference,
        resolution="rerouted",
        at=rerouting.at,
    )


def _undo_time(order: Order) -> timedelta:
    """Scripts have none: they cannot think better of it."""
    if order.channel == Order.Channel.API:
        return timedelta()
    return timedelta(seconds=policy_of(order.publication_id).order_undo_seconds)
