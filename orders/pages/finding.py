"""Which of a customer's orders an address asks for, at a cost that does not grow with what he has
ordered: days are numbers, states are read by index, and what only the rows themselves can tell
(words, service, platform) is looked for in so many orders at a time, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, IntegerField, Q, Subquery

from accounts import parts
from accounts.models import User
from orders import history
from orders.history import Found
from orders.models import ACCEPTED, Order, OrderQuerySet
from orders.pages.asked import LATE, TABS, Asked
from services import links
from wallet.money import read_number


@dataclass(frozen=True, slots=True)
class Search:
    """`mine` are his orders of the days that are asked for; what `sought` holds beyond those is
    looked for in each of them."""

    customer_id: int
    mine: OrderQuerySet
    sought: Asked
    at: datetime

    @property
    def is_in_rows(self) -> bool:
        sought = self.sought
        return bool(sought.words or sought.platform_id or sought.service_id)


@dataclass(frozen=True, slots=True)
class Counts:
    """By tab; each is the least there is where `is_cut`: not every order was looked at."""

    by_tab: Mapping[str, int]
    is_cut: bool = False


class _Counted(Subquery):
    """How many rows a query has, as a column."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def search_for(*, customer_id: int, asked: Asked, at: datetime) -> Search:
    """The number of one of his orders is looked up, and nothing else is looked for then."""
    mine = _of_days(customer_id, asked)
    number = read_number(asked.words.removeprefix("#"))
    if number is not None and (exact := mine.filter(pk=number)).exists():
        mine, asked = exact, replace(asked, words="")
    return Search(customer_id=customer_id, mine=mine, sought=asked, at=at)


def all_of(search: Search) -> OrderQuerySet:
    """Every order that the tab and the filters leave, on all pages together."""
    rows = search.mine.filter(_sieve(search.sought))
    return _in_tab(rows, search.sought.tab, at=search.at)


def page_of(search: Search, *, size: int) -> Found:
    mine, tab = search.mine, search.sought.tab
    statuses: Collection[str] = TABS[tab][1] if tab and tab != LATE else ()
    if search.sought.below is not None:
        mine = mine.filter(pk__lt=search.sought.below)
    if tab == LATE:
        mine, statuses = mine.filter(expected_by__lt=search.at), ACCEPTED
    return history.page_of(mine, size=size, statuses=statuses, sieve=_sieve(search.sought))


def counts_of(search: Search, *, most: int) -> Counts:
    """How many orders each tab has under the same filters; nobody counts beyond `most` in an
    index, nor beyond what one page looks through."""
    if search.is_in_rows:
        part, last = parts.first_part(search.mine)
        rows = part.filter(_sieve(search.sought))
        return Counts(_sorted_out(rows, at=search.at), last is not None)
    tabs = (*TABS, LATE)
    numbers = [_in_tab(search.mine, tab, at=search.at).values("pk")[:most] for tab in tabs]
    person = User.objects.filter(pk=search.customer_id)
    return Counts(dict(zip(tabs, person.values_list(*map(_Counted, numbers)).get(), strict=True)))


def _of_days(customer_id: int, asked: Asked) -> OrderQuerySet:
    return history.between(
        Order.objects.history_of(customer_id).asked_for(),
        since=asked.begins_at,
        until=asked.ends_at,
        customer_id=customer_id,
    )


def _in_tab(rows: OrderQuerySet, tab: str, *, at: datetime) -> OrderQuerySet:
    if tab == LATE:
        return rows.late(at=at)
    return rows.filter(status__in=TABS[tab][1]) if tab else rows


def _sieve(sought: Asked) -> Q:
    """By service and platform, and by a part of the link or of the service's name as it was; an
    address finds its other spellings too."""
    sieve = Q()
    if sought.platform_id:
        sieve &= Q(service__category__platform=sought.platform_id)
    if sought.service_id:
        sieve &= Q(service=sought.service_id)
    if not sought.words:
        return sieve
    holds = Q(link__icontains=sought.words) | Q(snapshot__name__icontains=sought.words)
    try:
        return sieve & (holds | Q(link_key=links.canonical(sought.words).key))
    except links.InvalidLink:
        return sieve & holds


def _sorted_out(rows: OrderQuerySet, *, at: datetime) -> dict[str, int]:
    """Rows that have to be looked at are so once for all tabs."""
    is_in = {tab: Q(status__in=statuses) for tab, (_label, statuses) in TABS.items()}
    is_in[LATE] = Q(status__in=ACCEPTED, expected_by__lt=at)
    counted = {f"in_{tab}": Count("pk", filter=fits) for tab, fits in is_in.items()}
    numbers = rows.aggregate(**counted)
    return {tab: numbers[f"in_{tab}"] for tab in is_in}
