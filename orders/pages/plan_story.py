"""What of an order goes on by itself: its runs with their dates, its posts, its next month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import FINAL, DripFeed, Order, OrderQuerySet, Repeat, Role, Subscription
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
    """A customer's repeat orders: all that go on, and after them those that ended last."""
    mine = Repeat.objects.filter(customer_id=customer_id).order_by("-pk")
    mine = mine.select_related("origin").prefetch_related("periods")
    going = list(mine.exclude(state=Repeat.State.ENDED))
    dearer = repeats.dearer_of([repeat for repeat in going if repeat.next_on])
    ended = mine.filter(state=Repeat.State.ENDED)[:LISTED]
    return [_line(repeat, needs_consent=repeat.pk in dearer) for repeat in (*going, *ended)]


def going_first(orders: OrderQuerySet) -> list[Order]:
    """All that are not over, and after them the newest that are; `orders` is in order already."""
    return [*orders.exclude(status__in=FINAL), *orders.filter(status__in=FINAL)[:LISTED]]


def _line(repeat: Repeat, *, needs_consent: bool) -> RepeatLine:
    troubles = [
        period.trouble
        for period in repeat.periods.all()
        if period.order_id is None and period.number == repeat.period + 1
    ]
    code = troubles[0] if troubles and repeat.next_on else ""
    return RepeatLine(
        repeat=repeat,
        trouble=TROUBLES.get(code, OTHER_TROUBLE) if code else "",
        needs_consent=needs_consent,
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
