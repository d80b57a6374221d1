"""What can be asked for after an order right now, and if not, why not.

One set of rules for pages, lists, API and the acts themselves. Sources: DEL-07 (refill), REF-01,
REF-09, REF-10, REF-17, DEL-03 (cancel); api-v2, "Refill & cancel".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.ending.canceling import Way, can_be_stopped, way_to_cancel
from orders.followups import clocks
from orders.followups.reasons import Reason
from orders.models import ACCEPTED, FINAL, RUNNING, UNSENT, FollowUp, Order, OrderQuerySet, Role
from orders.models import Status as OrderStatus

Kind, State = FollowUp.Kind, FollowUp.State


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: it is on where `reason` is None.

    `way` is how a cancel would go, `until` the end of the refill time, `again_at` when a request
    that came too soon may be made.
    """

    kind: FollowUp.Kind
    reason: Reason | None = None
    way: Way | None = None
    until: datetime | None = None
    again_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Offers:
    """The three buttons of an order and the requests that were made for it, newest first."""

    refill: Offer
    cancel: Offer
    speed_up: Offer
    requests: Sequence[FollowUp] = ()

    def of(self, kind: str) -> Offer:
        return {Kind.REFILL: self.refill, Kind.CANCEL: self.cancel}.get(Kind(kind), self.speed_up)


def offers_of(order: Order, *, at: datetime) -> Offers:
    """All rules, for one order."""
    offers = listed_offers([order], at=at)[order.pk]
    obstacle = _obstacle_on_link(order) if offers.refill.is_on else None
    if obstacle is None:
        return offers
    refill = Offer(Kind.REFILL, obstacle, until=offers.refill.until)
    return Offers(refill, offers.cancel, offers.speed_up, offers.requests)


def listed_offers(orders: Iterable[Order], *, at: datetime) -> Mapping[int, Offers]:
    """The same for the rows of a list, with one query: without what other orders on a link say,
    which only the order's own page and the act itself look up."""
    rows = list(orders)
    requests: dict[int, list[FollowUp]] = defaultdict(list)
    for one in FollowUp.objects.filter(order__in=rows).order_by("-pk"):
        requests[one.order_id].append(one)
    return {order.pk: offers_given(order, requests[order.pk], at=at) for order in rows}


def offers_given(order: Order, requests: list[FollowUp], *, at: datetime) -> Offers:
    """The same of one order with its requests, newest first; asks no table."""
    return Offers(
        refill=_refill(order, requests, at=at),
        cancel=_cancel(order, requests, at=at),
        speed_up=_speed_up(order, requests, at=at),
        requests=requests,
    )


def _refill(order: Order, requests: list[FollowUp], *, at: datetime) -> Offer:
    mine = [one for one in requests if one.kind == Kind.REFILL]
    until = clocks.refill_until(order)
    again_at = _again_at(mine)
    reason = None
    if not order.snapshot.get("can_refill"):
        reason = Reason.NOT_OFFERED
    elif order.status != OrderStatus.COMPLETED:
        reason = Reason.CUT_SHORT if order.status in FINAL else Reason.NOT_COMPLETED
    elif _is_open(mine):
        reason = Reason.OPEN
    elif until is None or at >= until:
        reason = Reason.WINDOW_OVER
    elif again_at and at < again_at:
        return Offer(Kind.REFILL, Reason.COOLING_DOWN, until=until, again_at=again_at)
    return Offer(Kind.REFILL, reason, until=until)


def _cancel(order: Order, requests: list[FollowUp], *, at: datetime) -> Offer:
    mine = [one for one in requests if one.kind == Kind.CANCEL]
    way = way_to_cancel(order=order, at=at)
    if order.status in FINAL:
        return Offer(Kind.CANCEL, Reason.ENDED)
    if _is_open(mine):
        return Offer(Kind.CANCEL, Reason.OPEN)
    if way is None:
        return Offer(Kind.CANCEL, _why_no_cancel(order))
    # Called back once: whoever has it has answered, or was given the time to.
    if way == Way.REQUEST and mine:
        return Offer(Kind.CANCEL, Reason.ASKED_BEFORE)
    return Offer(Kind.CANCEL, way=way)


def _why_no_cancel(order: Order) -> Reason:
    if order.role in (Role.RUN, Role.POST):
        return Reason.IN_PLAN
    # What can still be done about it is a matter of its plan: orders.plans.drip_feeds.may_stop.
    if order.role == Role.DRIP_FEED and order.status not in UNSENT:
        return Reason.RUNS_BEGUN
    return Reason.TERMS if can_be_stopped(order) or order.status in UNSENT else Reason.CANNOT_STOP


def _speed_up(order: Order, requests: list[FollowUp], *, at: datetime) -> Offer:
    mine = [one for one in requests if one.kind == Kind.SPEED_UP]
    again_at = _again_at(mine)
    if order.status in FINAL:
        return Offer(Kind.SPEED_UP, Reason.ENDED)
    if order.role == Role.DRIP_FEED:
        return Offer(Kind.SPEED_UP, Reason.BY_RUN)
    if order.status not in ACCEPTED:
        return Offer(Kind.SPEED_UP, Reason.NOT_BEGUN)
    if _is_open(mine):
        return Offer(Kind.SPEED_UP, Reason.OPEN)
    if again_at and at < again_at:
        return Offer(Kind.SPEED_UP, Reason.COOLING_DOWN, again_at=again_at)
    return Offer(Kind.SPEED_UP)


def _is_open(requests: list[FollowUp]) -> bool:
    return any(one.state in FollowUp.OPEN for one in requests)


def _again_at(requests: list[FollowUp]) -> datetime | None:
    ends = [one.ended_at for one in requests if one.ended_at]
    return max(ends) + clocks.cool_down() if ends else None


def _obstacle_on_link(order: Order) -> Reason | None:
    """What the customer's later orders for the same link say: one that runs makes counting
    impossible, and the count that one began with shows what was left by then."""
    later = _later_on_link(order)
    if later.filter(status__in=RUNNING).exists():
        return Reason.ORDERED_AGAIN
    counted = later.filter(start_count__isnull=False).order_by("-pk").first()
    if counted is None or counted.start_count is None or order.start_count is None:
        return None
    return Reason.FELL_BELOW_START if counted.start_count < order.start_count else None


def _later_on_link(order: Order) -> OrderQuerySet:
    return Order.objects.visible_to(order.customer_id).filter(
        link_key=order.link_key,
        pk__gt=order.pk,
        service__category_id=order.service.category_id,
    )
