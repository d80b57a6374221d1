"""What of an order goes on by itself: its runs with their dates, its posts, its next month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import DripFeed, Order, Repeat, RepeatPeriod, Role, Subscription
from orders.plans import drip_feeds, repeats
from orders.refusals import RefusalCode

LISTED = 100
# The dates of runs that have not begun, and how many posts are listed.
TO_COME = 5

STATE_WORDS: dict[str, str | Promise] = {
    Subscription.State.ACTIVE: _("Each new post is counted as it appears."),
    Subscription.State.PAUSED: _("No new post is counted."),
    Subscription.State.COMPLETED: _("All posts have come."),
    Subscription.State.EXPIRED: _("Its last day is over."),
    Subscription.State.CANCELED: _("No further post is counted."),
}
PAUSES: dict[str, str | Promise] = {
    "funds": _("Your balance did not cover the next post. You owe nothing for what still comes."),
    "asked": _("It was asked to stop. No post that appears since then costs you anything."),
    "provider": _("It goes on by itself as soon as it can."),
}
TROUBLES: dict[str, str | Promise] = {
    RefusalCode.NOT_ENOUGH_FUNDS: _("Your balance does not cover it: it is placed when it does."),
    RefusalCode.IN_DEBT: _("A debt is open: it is placed when a top-up has settled it."),
    RefusalCode.DUPLICATE_LINK: _("The order before it is still running: it follows then."),
    RefusalCode.SWITCHED_OFF: _("New orders are paused: it follows when they are not."),
    RefusalCode.UNKNOWN_SERVICE: _("The service is not on sale now. We try every day."),
    "price": _("It has become dearer: nothing is placed unless you agree."),
}
OTHER_TROUBLE = _("It could not be placed. We try again every day.")


@dataclass(frozen=True, slots=True)
class PlanStory:
    """One of the three kinds of plan that an order can have, or what it is a part of."""

    order: Order
    feed: DripFeed | None = None
    subscription: Subscription | None = None
    repeat: Repeat | None = None
    children: Sequence[Order] = ()
    to_come: Sequence[datetime] = ()
    more_to_come: int = 0
    may_stop: bool = False
    may_repeat: bool = False

    @property
    def version(self) -> int:
        """Changes with every run or post, and with what may be done."""
        runs = len(self.children) + sum(child.is_final for child in self.children)
        return runs * 4 + self.may_stop * 2 + self.may_repeat

    @property
    def state_words(self) -> str | Promise:
        if self.subscription is None:
            return ""
        if self.subscription.pause_reason in PAUSES:
            return PAUSES[self.subscription.pause_reason]
        return STATE_WORDS[self.subscription.state]


@dataclass(frozen=True, slots=True)
class RepeatLine:
    """A repeat order in a list; `trouble` is why the period that is due was not placed."""

    repeat: Repeat
    trouble: str | Promise
    needs_consent: bool
    last_order_id: int | None


def read_plan(*, order: Order) -> PlanStory:
    if order.role == Role.DRIP_FEED:
        return _drip_feed(order)
    if order.role == Role.SUBSCRIPTION:
        posts = order.children.order_by("-run_number")[:LISTED]
        plan = Subscription.objects.filter(order=order).first()
        return PlanStory(order=order, subscription=plan, children=list(posts))
    if order.parent_id is not None:
        return PlanStory(order=order)
    going = Repeat.objects.exclude(state=Repeat.State.ENDED)
    repeat = going.filter(origin=order).first() or going.filter(periods__order=order).first()
    return PlanStory(order=order, repeat=repeat, may_repeat=repeats.may_repeat(order=order))


def read_repeats(*, customer_id: int) -> list[RepeatLine]:
    """A customer's repeat orders, those that go on first."""
    mine = Repeat.objects.filter(customer_id=customer_id).select_related("origin", "service")
    lines = [_line(repeat) for repeat in mine.order_by("-pk")[:LISTED]]
    return sorted(lines, key=lambda line: line.repeat.state == Repeat.State.ENDED)


def _line(repeat: Repeat) -> RepeatLine:
    waiting = repeats.waiting_period(repeat) if repeat.next_on else None
    placed = RepeatPeriod.objects.filter(repeat=repeat, order__isnull=False).order_by("-number")
    last = placed.first()
    code = waiting.trouble if waiting else ""
    return RepeatLine(
        repeat=repeat,
        trouble=TROUBLES.get(code, OTHER_TROUBLE) if code else "",
        needs_consent=repeat.next_on is not None and repeats.is_dearer(repeat),
        last_order_id=last.order_id if last else None,
    )


def _drip_feed(order: Order) -> PlanStory:
    feed = DripFeed.objects.filter(order=order).first()
    begun = feed.runs_started if feed else 0
    start_at = feed.next_run_at if feed else order.not_before
    left = (order.runs or 0) - begun if start_at and not order.is_final else 0
    step = timedelta(minutes=order.interval_minutes or 0)
    dates = [start_at + step * number for number in range(min(left, TO_COME))] if start_at else []
    return PlanStory(
        order=order,
        feed=feed,
        children=list(order.children.order_by("-run_number")[:LISTED]),
        to_come=dates,
        more_to_come=left - len(dates),
        may_stop=drip_feeds.may_stop(order=order),
    )
