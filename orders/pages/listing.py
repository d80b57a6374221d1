"""The list of a customer's orders: tabs, filters, search, and pages by number, never by OFFSET, so
that the last page of a hundred thousand orders costs what the first one costs (UX-30)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.followups.offers import Offers, listed_offers
from orders.models import ACCEPTED, RUNNING, Order, OrderQuerySet
from orders.pages.asked import LATE, TABS, Asked
from orders.pages.followup_words import days_left
from services import links
from wallet.money import read_number

PAGE_SIZE = 25
LAST_ORDERS = 6
# Beyond this nobody counts, and the database need not either.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Tab:
    asked: Asked
    label: str | Promise
    count: int

    @property
    def is_more(self) -> bool:
        """Whether counting ended before the orders did."""
        return self.count > MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Row:
    """`refill_days` are left of a refill that can be asked for, None where it cannot."""

    order: Order
    may_cancel: bool
    refill_days: int | None
    is_late: bool


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


def read_listing(*, customer_id: int, asked: Asked, at: datetime) -> Listing:
    rows = matching(customer_id=customer_id, asked=asked, at=at)
    if asked.below is not None:
        rows = rows.filter(pk__lt=asked.below)
    page = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    shown = page[:PAGE_SIZE]
    return Listing(
        asked=asked,
        tabs=_tabs(customer_id=customer_id, asked=asked, at=at),
        rows=rows_of(shown, at=at),
        older=shown[-1].pk if len(page) > PAGE_SIZE else None,
    )


def read_recent(*, customer_id: int, at: datetime) -> Recent:
    mine = Order.objects.visible_to(customer_id).asked_for()
    return Recent(
        rows=rows_of(mine.order_by("-pk")[:LAST_ORDERS], at=at),
        running=mine.filter(status__in=RUNNING).count(),
    )


def matching(*, customer_id: int, asked: Asked, at: datetime) -> OrderQuerySet:
    """Every order that the tab and the filters leave, on all pages together."""
    mine = Order.objects.visible_to(customer_id).asked_for()
    if asked.tab == LATE:
        mine = mine.late(at=at)
    elif asked.tab:
        mine = mine.filter(status__in=TABS[asked.tab][1])
    if asked.begins_at:
        mine = mine.filter(created_at__gte=asked.begins_at)
    if asked.ends_at:
        mine = mine.filter(created_at__lt=asked.ends_at)
    if asked.platform_id:
        mine = mine.filter(service__category__platform=asked.platform_id)
    if asked.service_id:
        mine = mine.filter(service=asked.service_id)
    return _found(mine, asked.words)


def read_chosen(texts: Iterable[str]) -> list[int]:
    """The numbers of the rows that were ticked, each once; what is no number was not ticked."""
    numbers = (read_number(text) for text in texts)
    return list(dict.fromkeys(number for number in numbers if number is not None))


def rows_of(orders: Iterable[Order], *, at: datetime) -> list[Row]:
    shown = list(orders)
    offers = listed_offers(shown, at=at)
    return [_row(order, offers[order.pk], at=at) for order in shown]


def _row(order: Order, offers: Offers, *, at: datetime) -> Row:
    return Row(
        order=order,
        may_cancel=offers.cancel.is_on,
        refill_days=days_left(offers.refill, at=at) if offers.refill.is_on else None,
        is_late=is_late(order=order, at=at),
    )


def is_late(*, order: Order, at: datetime) -> bool:
    """What `OrderQuerySet.late` finds, of a row that is at hand."""
    return order.status in ACCEPTED and order.expected_by is not None and order.expected_by < at


def version_of(rows: Iterable[Row], *more: object) -> str:
    """Changes with everything that a refresh of these rows could show."""
    shown = [
        (
            row.order.pk,
            row.order.status,
            row.order.remains,
            row.order.due_micros,
            row.may_cancel,
            row.refill_days,
            row.is_late,
        )
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


def _tabs(*, customer_id: int, asked: Asked, at: datetime) -> list[Tab]:
    """Each with its orders under the same filters; late ones have a tab while there are any."""
    labels = {name: label for name, (label, _statuses) in TABS.items()} | {LATE: _("Late")}
    tabs = {name: replace(asked, tab=name, below=None) for name in labels}
    found = {
        name: matching(customer_id=customer_id, asked=tab, at=at).order_by()
        for name, tab in tabs.items()
    }
    counts = _counted_at_once(found) if asked.words else _counted_one_by_one(found)
    return [
        Tab(asked=tab, label=labels[name], count=counts[name])
        for name, tab in tabs.items()
        if counts[name] or name != LATE
    ]


def _counted_one_by_one(found: Mapping[str, OrderQuerySet]) -> dict[str, int]:
    """An index leads each count, which ends where nobody counts any more."""
    return {name: rows[: MOST_COUNTED + 1].count() for name, rows in found.items()}


def _counted_at_once(found: Mapping[str, OrderQuerySet]) -> dict[str, int]:
    """Words are looked for in every order, and therefore once for all tabs."""
    rows = found[""].values("status").annotate(number=Count("pk"))
    numbers = dict(rows.values_list("status", "number"))
    counts = {
        name: sum(numbers.get(status, 0) for status in statuses)
        for name, (_label, statuses) in TABS.items()
    }
    return counts | {LATE: found[LATE].count()}
