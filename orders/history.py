"""Lists of orders whose cost does not grow with how many there are, for pages and programs alike:
days are numbers, states and links are read by index, and what only the rows themselves can tell is
looked for in so many orders at a time (`accounts.parts`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts import parts
from orders import days
from orders.models import FINAL, RUNNING, Order, OrderQuerySet

_ALL = Q()


@dataclass(frozen=True, slots=True)
class Found:
    """The orders of one page, and below which number the next begins: None on the last. `is_cut`:
    it is not full, but nobody has looked further."""

    orders: list[Order]
    older: int | None
    is_cut: bool = False


def page_of(
    orders: OrderQuerySet, *, size: int, statuses: Collection[str] = (), sieve: Q = _ALL
) -> Found:
    """The newest of some orders that an index finds by falling number, of these states or of any;
    `sieve` is what no index tells about them, if it is asked for."""
    if not sieve:
        rows, last = orders.newest(size + 1, statuses=statuses), None
    else:
        part, last = parts.first_part(orders)
        wanted = sieve & Q(status__in=statuses) if statuses else sieve
        rows = part.filter(wanted).order_by("-pk")[: size + 1]
    found = list(rows)
    if len(found) > size:
        return Found(found[:size], older=found[size - 1].pk)
    return Found(found, older=last, is_cut=last is not None)


def between(
    orders: OrderQuerySet,
    *,
    since: datetime | None,
    until: datetime | None,
    customer_id: int | None = None,
) -> OrderQuerySet:
    """Those placed at `since` or later, and before `until`; named is the customer whose they all
    are, if they are one's."""
    if since is not None:
        first = days.number_before(customer_id=customer_id, at=since)
        orders = orders.filter(created_at__gte=since, pk__gte=first)
    if until is not None:
        end = days.number_after(customer_id=customer_id, at=until)
        orders = orders.filter(created_at__lt=until, pk__lt=end)
    return orders


def on_link(orders: OrderQuerySet, key: str) -> tuple[OrderQuerySet, Q]:
    """Those for a link, without the runs and posts of a plan. Running ones and others are in an
    index each; where that holds too many, the link is one more thing to look for in the rows."""
    sieve, most = Q(link_key=key, parent=None), parts.LOOKED_THROUGH
    there = orders.filter(sieve).values_list("pk", flat=True)
    running, ended = (there.filter(status__in=each)[: most + 1] for each in (RUNNING, FINAL))
    numbers = list(running.union(ended, all=True))
    if len(numbers) > most:
        return orders, sieve
    return Order.objects.filter(pk__in=numbers), _ALL
