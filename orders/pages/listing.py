"""The list of a customer's orders: tabs, search, and pages by number, never by OFFSET, so that the
last page of a hundred thousand orders costs what the first one costs (UX-30)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.ending.canceling import may_cancel
from orders.models import RUNNING, Order, OrderQuerySet, Status
from services import links
from wallet.money import read_number

PAGE_SIZE = 25
LAST_ORDERS = 6
LONGEST_SEARCH = 300

TABS: dict[str, tuple[str | Promise, tuple[Status, ...]]] = {
    "": (_("All"), tuple(Status)),
    "pending": (
        _("Pending"),
        (Status.HELD, Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN, Status.PENDING),
    ),
    "in_progress": (_("In progress"), (Status.IN_PROGRESS, Status.PROCESSING)),
    "completed": (_("Completed"), (Status.COMPLETED,)),
    "partial": (_("Partial"), (Status.PARTIAL,)),
    "canceled": (_("Canceled"), (Status.CANCELED,)),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the list an address asks for."""

    tab: str = ""
    words: str = ""
    below: int | None = None

    @property
    def query(self) -> str:
        parts = {"tab": self.tab, "q": self.words, "below": self.below}
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def url(self) -> str:
        start = reverse("orders:order_list")
        return f"{start}?{self.query}" if self.query else start


@dataclass(frozen=True, slots=True)
class Tab:
    asked: Asked
    label: str | Promise
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    order: Order
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One page; `older` is where the next begins, None on the last; `version` tells whether
    anything that is shown has changed since."""

    asked: Asked
    tabs: list[Tab]
    rows: list[Row]
    older: int | None

    @property
    def older_url(self) -> str:
        return replace(self.asked, below=self.older).url

    @property
    def newest_url(self) -> str:
        return replace(self.asked, below=None).url

    @property
    def is_running(self) -> bool:
        return any(not row.order.is_final for row in self.rows)

    @property
    def version(self) -> str:
        return version_of(self.rows, [tab.count for tab in self.tabs])


@dataclass(frozen=True, slots=True)
class Recent:
    """The last few orders and how many are running."""

    rows: list[Row]
    running: int

    @property
    def version(self) -> str:
        return version_of(self.rows, self.running)


def read_asked(*, tab: str, words: str, below: str) -> Asked:
    """What is not known asks for all."""
    return Asked(
        tab=tab if tab in TABS else "",
        words=words.strip()[:LONGEST_SEARCH],
        below=read_number(below),
    )


def read_listing(*, customer_id: int, asked: Asked, at: datetime) -> Listing:
    found = _found(Order.objects.visible_to(customer_id), asked.words)
    rows = found
    if asked.tab:
        rows = rows.filter(status__in=TABS[asked.tab][1])
    if asked.below is not None:
        rows = rows.filter(pk__lt=asked.below)
    page = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    shown = page[:PAGE_SIZE]
    return Listing(
        asked=asked,
        tabs=_tabs(found, words=asked.words),
        rows=rows_of(shown, at=at),
        older=shown[-1].pk if len(page) > PAGE_SIZE else None,
    )


def read_recent(*, customer_id: int, at: datetime) -> Recent:
    mine = Order.objects.visible_to(customer_id)
    return Recent(
        rows=rows_of(mine.order_by("-pk")[:LAST_ORDERS], at=at),
        running=mine.filter(status__in=RUNNING).count(),
    )


def rows_of(orders: Iterable[Order], *, at: datetime) -> list[Row]:
    return [Row(order=order, may_cancel=may_cancel(order=order, at=at)) for order in orders]


def version_of(rows: Iterable[Row], *more: object) -> str:
    """Changes with everything that a refresh of these rows could show."""
    shown = [
        (row.order.pk, row.order.status, row.order.remains, row.order.due_micros, row.may_cancel)
        for row in rows
    ]
    return hashlib.sha256(repr((shown, more)).encode()).hexdigest()[:16]


def _found(mine: OrderQuerySet, words: str) -> OrderQuerySet:
    """By number, or by a part of the link or of the service's name as it was; an address finds
    its other spellings too."""
    if not words:
        return mine
    number = read_number(words.removeprefix("#"))
    if number is not None and (exact := mine.filter(pk=number)).exists():
        return exact
    holds = Q(link__icontains=words) | Q(snapshot__name__icontains=words)
    try:
        return mine.filter(holds | Q(link_key=links.canonical(words).key))
    except links.InvalidLink:
        return mine.filter(holds)


def _tabs(found: OrderQuerySet, *, words: str) -> list[Tab]:
    rows = found.order_by().values("status").annotate(number=Count("pk"))
    counts = dict(rows.values_list("status", "number"))
    return [
        Tab(
            asked=Asked(tab=name, words=words),
            label=label,
            count=sum(counts.get(status, 0) for status in statuses),
        )
        for name, (label, statuses) in TABS.items()
    ]
