"""One order as its customer sees it: where it is, what it cost, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language

from legal.models import DocumentVersion
from orders.ending.arithmetic import RefundSum, refund_sum
from orders.ending.canceling import undo_until
from orders.expecting import is_late, minutes_left, window_of
from orders.models import Order
from orders.pages import timeline
from orders.pages.claim_story import Claims, read_claims
from orders.pages.explanations import explain
from orders.pages.followup_story import FollowUps, read_follow_ups
from orders.pages.plan_story import PlanStory, read_plan
from orders.pages.timeline import Line, Movement
from services import listing


@dataclass(frozen=True, slots=True)
class Story:
    """`undo_until` is None once the time to take the order back is over."""

    order: Order
    sentence: str | Promise
    next_step: str | Promise
    undo_until: datetime | None
    lines: list[Line]
    movements: list[Movement]
    refund_sum: RefundSum | None
    news_at: datetime
    event_id: int
    is_late: bool
    # About how long it still takes; None where nobody can say.
    minutes_left: int | None
    # Its tier's hours, in words; "" without a tier.
    window: str
    delivery: str
    terms: list[DocumentVersion]
    claims: Claims
    follow_ups: FollowUps
    plan: PlanStory

    @property
    def version(self) -> str:
        """Changes with everything that a refresh of the page could show."""
        parts = (
            self.event_id,
            self.is_late,
            self.undo_until is None,
            self.claims.version,
            self.follow_ups.version,
            self.plan.version,
        )
        return "-".join(str(int(part)) for part in parts)


def read_story(*, order: Order, at: datetime) -> Story:
    events = list(order.events.order_by("pk"))
    movements = timeline.movements_of(order)
    sentence, next_step = explain(order=order, at=at)
    follow_ups = read_follow_ups(order=order, at=at)
    is_open = follow_ups.cancel.is_on
    until = undo_until(order=order)
    return Story(
        order=order,
        sentence=sentence,
        next_step=next_step,
        undo_until=until if is_open and at < until else None,
        lines=timeline.timeline_of(order=order, events=events, movements=movements),
        movements=movements,
        refund_sum=refund_sum(order),
        news_at=max((event.at for event in events), default=order.created_at),
        event_id=events[-1].pk if events else 0,
        is_late=is_late(order=order, at=at),
        minutes_left=minutes_left(order=order, at=at),
        window=_window(order),
        delivery=_delivery(order),
        terms=order.publication.versions_in(get_language()),
        claims=read_claims(order=order, at=at),
        follow_ups=follow_ups,
        plan=read_plan(order=order),
    )


def _window(order: Order) -> str:
    window = window_of(order)
    return "" if window is None else listing.window_words(window)


def _delivery(order: Order) -> str:
    """What was said to be delivered when the order was placed (CAT-04), in today's words."""
    return listing.disclosure(str(order.snapshot.get("delivery")))
