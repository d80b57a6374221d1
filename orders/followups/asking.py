"""Asking for something after an order: under the order's lock, by the rules of `offers`.

A request is a committed row; sending it to a provider is a worker's matter (`sending`). Who asks
again while one is open gets that one, not a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from orders import lifecycle
from orders.ending import canceling
from orders.ending.canceling import Way
from orders.followups import clocks
from orders.followups.closing import tell
from orders.followups.offers import Offer, offers_of
from orders.followups.reasons import Reason
from orders.models import FollowUp, Order, OrderEvent, Status

Kind = FollowUp.Kind


class CannotAsk(Exception):
    """Nothing was changed; `reason` tells why, and `reasons.sentence` puts it into words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking about one order, of several or alone.

    `follow_up_id` is the request, None where none was needed (`is_canceled`) or none was taken
    (`reason`; also None where there is no such order: then nothing is told at all).
    """

    order_id: int
    follow_up_id: int | None = None
    is_canceled: bool = False
    reason: Reason | None = None

    @property
    def is_taken(self) -> bool:
        return self.is_canceled or self.follow_up_id is not None


def ask(*, order_id: int, customer_id: int, kind: FollowUp.Kind, at: datetime) -> Answer:
    """Asks for a refill, a cancel or a speed-up of one's own order. Raises CannotAsk and
    Order.DoesNotExist; an open request of the kind is no error for a cancel, which comes twice
    when a button is pressed twice (the second gets the first one's answer)."""
    with transaction.atomic():
        mine = Order.objects.visible_to(customer_id).select_related("service", "offer__provider")
        order = mine.select_for_update(of=("self",)).get(pk=order_id)
        return _ACTS[kind](order, offers_of(order, at=at).of(kind), at)


def ask_many(
    *, order_ids: Iterable[int], customer_id: int, kind: FollowUp.Kind, at: datetime
) -> list[Answer]:
    """The same for many, each in a transaction of its own, in the order asked and each once. What
    is not the customer's answers like what does not exist: not taken, without a reason."""
    return [
        _ask_patiently(order_id=order_id, customer_id=customer_id, kind=kind, at=at)
        for order_id in dict.fromkeys(order_ids)
    ]


def _ask_patiently(*, order_id: int, customer_id: int, kind: FollowUp.Kind, at: datetime) -> Answer:
    try:
        return ask(order_id=order_id, customer_id=customer_id, kind=kind, at=at)
    except CannotAsk as refusal:
        return Answer(order_id, reason=refusal.reason)
    except Order.DoesNotExist:
        return Answer(order_id)


def _ask_refill(order: Order, offer: Offer, at: datetime) -> Answer:
    if offer.reason is not None:
        raise CannotAsk(offer.reason)
    return _taken(_write(order, Kind.REFILL, asked_by_id=order.customer_id, at=at))


def _ask_speed_up(order: Order, offer: Offer, at: datetime) -> Answer:
    if offer.reason is not None:
        raise CannotAsk(offer.reason)
    return _taken(_write(order, Kind.SPEED_UP, asked_by_id=order.customer_id, at=at))


def _ask_cancel(order: Order, offer: Offer, at: datetime) -> Answer:
    if order.status == Status.CANCELED and _was_taken_back(order):
        return Answer(order.pk, is_canceled=True)
    if offer.reason == Reason.OPEN:
        return _taken(order.follow_ups.open().get(kind=Kind.CANCEL))
    match offer.way:
        case Way.AT_ONCE:
            canceling.take_back(order=order, at=at)
            return Answer(order.pk, is_canceled=True)
        case Way.ABSORB:
            absorb(order=order, at=at)
            return Answer(order.pk, is_canceled=True)
        case Way.BY_OUTCOME | Way.REQUEST:
            return _taken(_write(order, Kind.CANCEL, asked_by_id=order.customer_id, at=at))
    raise CannotAsk(offer.reason or Reason.TERMS)


def _was_taken_back(order: Order) -> bool:
    """By its customer and with every cent, so that pressing again has the same answer. What others
    have canceled, or not paid back, he has not taken back."""
    if order.net_charge_micros:
        return False
    ends = order.events.filter(kind=OrderEvent.Kind.STATUS, detail__to=Status.CANCELED)
    asked = order.follow_ups.filter(kind=Kind.CANCEL, state=FollowUp.State.DONE)
    customer = order.customer_id
    return ends.filter(actor=customer).exists() or asked.filter(asked_by=customer).exists()


def absorb(*, order: Order, at: datetime) -> None:
    """Cancels a locked order at the house's cost, and calls it back from its provider unless that
    was done before: that part is the panel's own request, because its customer is done with it."""
    lifecycle.absorb(order=order, at=at, actor_id=order.customer_id, reason="customer")
    called_back = order.follow_ups.filter(kind=Kind.CANCEL, external_id=order.external_id)
    if not called_back.exists():
        call_back(order=order, at=at)


def call_back(*, order: Order, at: datetime) -> FollowUp:
    """The panel itself asks that a locked order be stopped at its provider."""
    return _write(order, Kind.CANCEL, asked_by_id=None, at=at)


def route(*, follow_up: FollowUp, order: Order) -> None:
    """Decides who carries a request out: the provider that has the order, if its service there can
    do that, or else people. `provider` says so, and for a cancel the number to call back."""
    offer = order.offer
    if order.external_id is None or offer is None or offer.provider_id != order.provider_id:
        return
    if offer.provider.is_manual:
        return
    can = {Kind.REFILL: offer.can_refill, Kind.CANCEL: offer.can_cancel}
    if not can.get(Kind(follow_up.kind), False):
        return
    follow_up.provider_id = order.provider_id
    if follow_up.kind == Kind.CANCEL:
        follow_up.external_id = order.external_id


def _write(order: Order, kind: FollowUp.Kind, *, asked_by_id: int | None, at: datetime) -> FollowUp:
    follow_up = FollowUp(
        order=order,
        kind=kind,
        asked_by_id=asked_by_id,
        asked_at=at,
        due_at=clocks.due_at(kind=kind, at=at),
        gives_up_refund=_gives_up_refund(order, kind, asked_by_id),
    )
    route(follow_up=follow_up, order=order)
    follow_up.save()
    tell(follow_up=follow_up, order=order, at=at, actor_id=asked_by_id)
    return follow_up


def _gives_up_refund(order: Order, kind: FollowUp.Kind, asked_by_id: int | None) -> bool:
    """What the panel or its staff have stopped costs nobody his refund."""
    is_customers = kind == Kind.CANCEL and asked_by_id == order.customer_id
    return is_customers and canceling.gives_up_refund(order)


def _taken(follow_up: FollowUp) -> Answer:
    return Answer(follow_up.order_id, follow_up_id=follow_up.pk)


_ACTS: Mapping[str, Callable[[Order, Offer, datetime], Answer]] = {
    Kind.REFILL: _ask_refill,
    Kind.CANCEL: _ask_cancel,
    Kind.SPEED_UP: _ask_speed_up,
}
