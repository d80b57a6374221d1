"""The list of a customer's orders: its tabs, and pages by number, never by OFFSET, so that the last
page of a hundred thousand orders costs what the first one costs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import parts
from orders.followups.offers import Offers, listed_offers
from orders.models import ACCEPTED, RUNNING, Order, OrderQuerySet
from orders.pages import finding
from orders.pages.asked import LATE, TABS, Asked
from orders.pages.followup_words import days_left
from wallet.money import read_number

PAGE_SIZE = 25
LAST_ORDERS = 6
# Beyond this nobody counts, and the database need not either.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Tab:
    """`is_cut`: there may be more, further down than was looked."""

    asked: Asked
    label: str | Promise
    count: int
    is_cut: bool = False

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
    """One page; `older` is where the next begins, None on the last; `is_cut`: so many orders were
    looked through, and there are others; `version` tells whether anything that is shown has changed
    since."""

    asked: Asked
    tabs: list[Tab]
    rows: list[Row]
    older: int | None
    is_cut: bool = False

    @property
    def looked_through(self) -> int:
        return parts.LOOKED_THROUGH

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
    search = finding.search_for(customer_id=customer_id, asked=asked, at=at)
    page = finding.page_of(search, size=PAGE_SIZE)
    counts = finding.counts_of(search, most=MOST_COUNTED + 1)
    return Listing(
        asked=asked,
        tabs=_tabs(asked, counts),
        rows=rows_of(page.orders, at=at),
        older=page.older,
        is_cut=page.is_cut,
    )


def read_recent(*, customer_id: int, at: datetime) -> Recent:
    mine = Order.objects.history_of(customer_id).asked_for()
    return Recent(
        rows=rows_of(mine.newest(LAST_ORDERS), at=at),
        running=mine.filter(status__in=RUNNING).count(),
    )


def matching(*, customer_id: int, asked: Asked, at: datetime) -> OrderQuerySet:
    """Every order that the tab and the filters leave, on all pages together."""
    return finding.all_of(finding.search_for(customer_id=customer_id, asked=asked, at=at))


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


def _tabs(asked: Asked, counts: finding.Counts) -> list[Tab]:
    """Each with its orders under the same filters; late ones have a tab while there are any."""
    labels = {name: label for name, (label, _statuses) in TABS.items()} | {LATE: _("Late")}
    return [
        Tab(
            asked=replace(asked, tab=name, below=None),
            label=label,
            count=counts.by_tab[name],
            is_cut=counts.is_cut,
        )
        for name, label in labels.items()
        if counts.by_tab[name] or name != LATE
    ]
