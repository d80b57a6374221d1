"""One order with its story: of a real one what its customer's page shows, of a played one what it
has instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from orders.followups.offers import offers_given
from orders.models import (
    FollowUp,
    Order,
    OrderEvent,
    Role,
    SandboxRequest,
    Status,
    Subscription,
)
from orders.pages.explanations import explain
from orders.pages.plan_story import PlanStory
from orders.pages.story import read_story
from orders.pages.timeline import Line, Movement, timeline_of
from orders.rest.words import spelt
from orders.sandbox import life
from orders.telling import PLAN_WORDS

Kind = FollowUp.Kind


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    status: str | None = None
    orders: Sequence[int] = ()
    posts: int | None = None
    expires_on: date | None = None
    next_run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    explanation: str
    is_late: bool
    can_refill: bool
    can_cancel: bool
    events: list[Event]
    payments: Sequence[Movement]
    refills: list[FollowUp]
    cancels: list[FollowUp]
    plan: Plan | None


def of_real(order: Order, *, at: datetime) -> Story:
    story = read_story(order=order, at=at)
    asked = [each.follow_up for each in story.follow_ups.requests]
    return Story(
        explanation=str(story.sentence),
        is_late=story.is_late,
        can_refill=story.follow_ups.refill.is_on,
        can_cancel=story.follow_ups.cancel.is_on,
        events=list(_events(story.lines)),
        payments=story.movements,
        refills=[each for each in asked if each.kind == Kind.REFILL],
        cancels=[each for each in asked if each.kind == Kind.CANCEL],
        plan=_plan(story.plan),
    )


def _events(lines: Iterable[Line]) -> Iterator[Event]:
    for line in lines:
        yield from _events(line.folded)
        kind = "money" if line.transfer_id else "count" if line.is_count else "step"
        yield Event(at=line.at, kind=kind, text=line.text)


def _plan(plan: PlanStory) -> Plan | None:
    children = [child.pk for child in plan.children]
    if plan.order.role == Role.DRIP_FEED:
        next_run_at = plan.to_come[0] if plan.to_come else None
        return Plan(orders=children, next_run_at=next_run_at)
    if plan.subscription is not None:
        return _subscription(plan.subscription, children)
    return None


def _subscription(found: Subscription, children: Sequence[int]) -> Plan:
    return Plan(
        status=spelt(PLAN_WORDS[found.state]),
        orders=children,
        posts=found.posts,
        expires_on=found.expires_on,
    )


def of_played(order: Order, *, at: datetime) -> Story:
    """What a sandbox key has played, in the same words."""
    rows = SandboxRequest.objects.filter(order_id=order.pk).order_by("-pk")
    asked = [life.follow_up_at(each, at=at) for each in rows]
    offers = offers_given(order, asked, at=at)
    lines = timeline_of(order=order, events=_played_events(order), movements=())
    return Story(
        explanation=str(explain(order=order, at=at)[0]),
        is_late=False,
        can_refill=offers.refill.is_on,
        can_cancel=offers.cancel.is_on,
        events=list(_events(lines)),
        payments=(),
        refills=[each for each in asked if each.kind == Kind.REFILL],
        cancels=[each for each in asked if each.kind == Kind.CANCEL],
        plan=_played_plan(order),
    )


def _played_plan(order: Order) -> Plan | None:
    """Its runs and posts have no numbers; the runs begin together."""
    if order.role == Role.DRIP_FEED:
        is_to_begin = order.started_at is None and not order.is_final
        return Plan(next_run_at=order.not_before if is_to_begin else None)
    plan = life.plan_of(order)
    return _subscription(plan, ()) if plan else None


def _played_events(order: Order) -> list[OrderEvent]:
    """What would have been written down, were it a real one; never saved."""
    moves = (
        (order.sent_at, Status.PENDING),
        (order.started_at, Status.IN_PROGRESS),
        (order.finished_at, order.status),
    )
    placed = {"channel": order.channel}
    story: list[tuple[datetime, str, dict[str, str]]] = [
        (order.created_at, OrderEvent.Kind.PLACED, placed)
    ]
    story += [(moment, OrderEvent.Kind.STATUS, {"to": to}) for moment, to in moves if moment]
    return [
        OrderEvent(pk=number, kind=kind, detail=detail, at=moment)
        for number, (moment, kind, detail) in enumerate(story, start=1)
    ]
