"""Asks for a refill or a cancel of a played order, by the rules for real ones (`offers`).

How a request ends is decided when it is made: a refill is done, and an order stopped, some seconds
later, unless the order's course says that it is declined. Rules: docs/sandbox.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from orders.ending import canceling
from orders.ending.canceling import Way
from orders.followups.asking import Answer, CannotAsk
from orders.followups.offers import Offer, offers_given
from orders.followups.reasons import Reason
from orders.models import FollowUp, Order, SandboxOrder, SandboxRequest, Status
from orders.plans import drip_feeds
from orders.sandbox import courses, life, reading
from orders.sandbox.courses import COURSES
from services.models import Service

Kind = FollowUp.Kind
_AT_ONCE = (Way.AT_ONCE, Way.ABSORB)


def ask(*, order_id: int, customer_id: int, kind: FollowUp.Kind, at: datetime) -> Answer:
    """Like `followups.asking.ask`. Raises CannotAsk and SandboxOrder.DoesNotExist."""
    running = _running(customer_id=customer_id, kind=kind, at=at)
    return _ask(order_id, customer_id, kind, running, at)


def _ask(
    order_id: int, customer_id: int, kind: FollowUp.Kind, running: list[Order], at: datetime
) -> Answer:
    with transaction.atomic():
        mine = SandboxOrder.objects.visible_to(customer_id).select_for_update()
        row = mine.get(pk=order_id)
        requests = list(row.requests.order_by("-pk"))
        order = life.order_at(row, requests=requests, at=at)
        asked = [life.follow_up_at(one, at=at) for one in requests]
        offer = offers_given(order, asked, at=at).of(kind)
        if kind == Kind.CANCEL:
            return _cancel(row, order, asked, offer, at)
        reason = offer.reason or _obstacle_on_link(row, running)
        if reason is not None:
            raise CannotAsk(reason)
        return _taken(_write(row, kind, is_granted=COURSES[row.course].grants_refill, at=at))


def ask_many(
    *, order_ids: Iterable[int], customer_id: int, kind: FollowUp.Kind, at: datetime
) -> list[Answer]:
    """The same for many, in the order asked and each once; like `followups.asking.ask_many`.
    What he has played is read once for all of them."""
    running = _running(customer_id=customer_id, kind=kind, at=at)
    return [
        _ask_patiently(order_id, customer_id, kind, running, at)
        for order_id in dict.fromkeys(order_ids)
    ]


def _running(*, customer_id: int, kind: FollowUp.Kind, at: datetime) -> list[Order]:
    """What may stand in the way of a refill; a cancel has nothing to do with other orders."""
    if kind == Kind.CANCEL:
        return []
    kept = reading.kept_orders(customer_id=customer_id, at=at)
    return [order for order in kept if not order.is_final]


def _ask_patiently(
    order_id: int, customer_id: int, kind: FollowUp.Kind, running: list[Order], at: datetime
) -> Answer:
    try:
        return _ask(order_id, customer_id, kind, running, at)
    except CannotAsk as refusal:
        return Answer(order_id, reason=refusal.reason)
    except SandboxOrder.DoesNotExist:
        return Answer(order_id)


def _cancel(
    row: SandboxOrder, order: Order, asked: list[FollowUp], offer: Offer, at: datetime
) -> Answer:
    cancels = [one for one in asked if one.kind == Kind.CANCEL]
    if order.status == Status.CANCELED and cancels:
        return Answer(row.pk, is_canceled=True)
    if offer.reason == Reason.OPEN:
        return Answer(row.pk, follow_up_id=cancels[0].pk)
    if offer.way in _AT_ONCE:
        _write(row, Kind.CANCEL, is_granted=True, at=at, ends_at=at)
        return Answer(row.pk, is_canceled=True)
    if offer.reason is not None and not _is_stoppable_plan(order, offer):
        raise CannotAsk(offer.reason)
    is_granted = COURSES[row.course].grants_cancel
    gives_up = canceling.gives_up_refund(order)
    return _taken(_write(row, Kind.CANCEL, is_granted=is_granted, at=at, gives_up_refund=gives_up))


def _obstacle_on_link(row: SandboxOrder, running: list[Order]) -> Reason | None:
    """A later order on the link that runs makes counting impossible."""
    later = {one.service_id for one in running if one.link_key == row.link_key and one.pk > row.pk}
    alike = Service.objects.filter(pk__in=later, category_id=row.service.category_id)
    return Reason.ORDERED_AGAIN if later and alike.exists() else None


def _is_stoppable_plan(order: Order, offer: Offer) -> bool:
    """A drip-feed under way begins no further run, which is played as a cancel."""
    return offer.reason == Reason.RUNS_BEGUN and drip_feeds.terms_let_stop(order=order)


def _write(
    row: SandboxOrder,
    kind: FollowUp.Kind,
    *,
    is_granted: bool,
    at: datetime,
    ends_at: datetime | None = None,
    gives_up_refund: bool = False,
) -> SandboxRequest:
    takes = courses.STOPPED_AFTER if kind == Kind.CANCEL else courses.REFILLED_AFTER
    return SandboxRequest.objects.create(
        order=row,
        kind=kind,
        asked_at=at,
        ends_at=ends_at or at + takes,
        is_granted=is_granted,
        gives_up_refund=gives_up_refund,
    )


def _taken(request: SandboxRequest) -> Answer:
    return Answer(request.order_id, follow_up_id=request.pk)
