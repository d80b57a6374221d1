"""What does not go on by itself: each order with why, since when, and what may be done about it.

Nothing is stored: each kind is a query over a partial index, so that an order stands here as soon
as it is true and leaves as soon as it is over. Source: docs/stuck.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from orders.models import ACCEPTED, SENT, Order, OrderEvent, OrderQuerySet, Status, Submission
from orders.staff import why

LONGEST_QUEUE = 100
MOST_COUNTED = 1000
# A due order leaves within seconds; after these minutes something keeps it.
UNSENT_AFTER = timedelta(minutes=5)
SILENT_AFTER = timedelta(hours=24)
FALLING_FOR = timedelta(days=7)

Why = Callable[[Order, datetime], str]
Since = Callable[[Order], datetime]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be stuck. `find` takes the time; `why` and `since` take a row that it found."""

    label: str | Promise
    about: str | Promise
    find: Callable[[datetime], OrderQuerySet]
    why: Why
    since: Since


@dataclass(frozen=True, slots=True)
class Line:
    order: Order
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str | Promise
    count: int

    @property
    def is_more(self) -> bool:
        """Whether counting ended before the queue did."""
        return self.count > MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    kind: Kind
    tabs: list[Tab]
    lines: list[Line]


def read_queue(*, name: str, at: datetime) -> Queue:
    """The oldest lines of one kind; an unknown name means the first kind that has any."""
    tabs = [Tab(name=key, label=kind.label, count=_count(kind, at)) for key, kind in KINDS.items()]
    if name not in KINDS:
        name = next((tab.name for tab in tabs if tab.count), tabs[0].name)
    kind = KINDS[name]
    return Queue(name=name, kind=kind, tabs=tabs, lines=_lines(kind, at))


def waiting(*, at: datetime) -> tuple[int, datetime | None]:
    """How many orders are stuck, each counted up to MOST_COUNTED, and since when."""
    oldest = [line.since for kind in KINDS.values() for line in _lines(kind, at, most=1)]
    return sum(_count(kind, at) for kind in KINDS.values()), min(oldest, default=None)


def why_stuck(*, order: Order, at: datetime) -> list[tuple[str | Promise, str]]:
    """Every kind that this order is stuck in, by its label, with the reason."""
    return [
        (kind.label, kind.why(found, at))
        for kind in KINDS.values()
        for found in _rows(kind.find(at).filter(pk=order.pk))
    ]


def _count(kind: Kind, at: datetime) -> int:
    return kind.find(at).order_by()[: MOST_COUNTED + 1].count()


def _lines(kind: Kind, at: datetime, *, most: int = LONGEST_QUEUE) -> list[Line]:
    return [
        Line(order=order, why=kind.why(order, at), since=kind.since(order))
        for order in _rows(kind.find(at))[:most]
    ]


def _rows(found: OrderQuerySet) -> OrderQuerySet:
    attempts = Prefetch(
        "submissions", Submission.objects.order_by("-pk"), to_attr="attempts_newest_first"
    )
    notes = Prefetch(
        "events",
        OrderEvent.objects.filter(
            kind__in=[OrderEvent.Kind.STATUS, OrderEvent.Kind.FLAGGED]
        ).order_by("-pk"),
        to_attr="notes_newest_first",
    )
    return found.select_related("customer", "offer__provider", "provider").prefetch_related(
        attempts, notes
    )


def _held(at: datetime) -> OrderQuerySet:
    return Order.objects.filter(status=Status.HELD).order_by("pk")


def _unsent(at: datetime) -> OrderQuerySet:
    queued = Order.objects.filter(status=Status.QUEUED, role__in=SENT)
    return queued.filter(not_before__lt=at - UNSENT_AFTER).order_by("not_before", "pk")


def _uncertain(at: datetime) -> OrderQuerySet:
    return Order.objects.filter(status=Status.UNCERTAIN).order_by("pk")


def _late(at: datetime) -> OrderQuerySet:
    return Order.objects.late(at=at).order_by("expected_by", "pk")


def _silent(at: datetime) -> OrderQuerySet:
    silent = Order.objects.filter(status__in=ACCEPTED, silent_since__lt=at - SILENT_AFTER)
    return silent.order_by("silent_since", "pk")


def _falling(at: datetime) -> OrderQuerySet:
    flags = OrderEvent.objects.filter(kind=OrderEvent.Kind.FLAGGED, at__gt=at - FALLING_FOR)
    fallen = flags.filter(detail__reason__in=why.FALLING).values("order")
    running = Order.objects.filter(status__in=ACCEPTED, pk__in=fallen)
    return running.select_related("clock").order_by("pk")


KINDS: Mapping[str, Kind] = {
    "held": Kind(
        label=gettext_lazy("Held"),
        about=gettext_lazy("Nobody has them. Each is released or refused."),
        find=_held,
        why=why.held,
        since=lambda order: order.created_at,
    ),
    "unsent": Kind(
        label=gettext_lazy("Not sent"),
        about=gettext_lazy(
            "Due for more than five minutes, and provably with no provider: they may go to another."
        ),
        find=_unsent,
        why=why.unsent,
        since=lambda order: order.not_before,
    ),
    "uncertain": Kind(
        label=gettext_lazy("Uncertain"),
        about=gettext_lazy("Sent without an answer that proves anything. Never sent again unseen."),
        find=_uncertain,
        why=why.uncertain,
        since=why.in_doubt_since,
    ),
    "late": Kind(
        label=gettext_lazy("Late"),
        about=gettext_lazy("With a provider for three times as long as the service usually takes."),
        find=_late,
        why=why.late,
        since=lambda order: order.expected_by or order.created_at,
    ),
    "silent": Kind(
        label=gettext_lazy("Silent"),
        about=gettext_lazy("No report for a day. Silence is never a cancellation."),
        find=_silent,
        why=why.silent,
        since=lambda order: order.silent_since or order.created_at,
    ),
    "falling": Kind(
        label=gettext_lazy("Falling"),
        about=gettext_lazy("The provider's counts went the wrong way within the last week."),
        find=_falling,
        why=why.falling,
        since=lambda order: order.checked_at or order.created_at,
    ),
}
