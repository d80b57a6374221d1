"""Whose orders a key reads and places: the real ones, or those that a sandbox key plays with. Both
answer the same calls, so that nothing of a program changes when it is given a real key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Q

from accounts.admission import Caller
from accounts.rest.paging import Page, cursor_at, cut, newest_first, read_cursor
from orders import history
from orders.api import live, played
from orders.followups.asking import Answer
from orders.models import FollowUp, Order, OrderQuerySet
from orders.placing.asking import OrderRequest
from orders.placing.many import place_many
from orders.placing.placement import Placed, Review, place_order, review_order
from orders.refusals import OrderRefused
from orders.rest import stories
from orders.rest.stories import Story
from orders.rest.words import BEHIND
from orders.sandbox import placing, reading, reviewing

Asked = Mapping[str, Any]
ORDERS, REFILLS, CANCELS = "orders", "refills", "cancels"
NAMES = {FollowUp.Kind.REFILL: REFILLS, FollowUp.Kind.CANCEL: CANCELS}
# All that is kept of what somebody plays.
_PLAYED = 1000


class Shop(Protocol):
    def review(self, request: OrderRequest) -> Review:
        """Raises OrderRefused."""

    def place(self, request: OrderRequest) -> Placed:
        """Raises OrderRefused."""

    def place_many(self, requests: Sequence[OrderRequest]) -> list[Placed | OrderRefused]: ...

    def orders(self, asked: Asked, *, link_key: str | None) -> Page[Order]: ...

    def by_number(self, numbers: Collection[int]) -> dict[int, Order]:
        """Those of the numbers that are the customer's own."""

    def story(self, order: Order) -> Story: ...

    def ask(self, order_id: int, kind: FollowUp.Kind) -> Answer: ...

    def requests(self, asked: Asked, kind: FollowUp.Kind) -> Page[FollowUp]: ...

    def request(self, number: int, kind: FollowUp.Kind) -> FollowUp | None: ...


@dataclass(frozen=True, slots=True)
class RealShop:
    customer_id: int
    at: datetime

    def review(self, request: OrderRequest) -> Review:
        return review_order(customer_id=self.customer_id, request=request, at=self.at)

    def place(self, request: OrderRequest) -> Placed:
        return place_order(customer_id=self.customer_id, request=request, at=self.at)

    def place_many(self, requests: Sequence[OrderRequest]) -> list[Placed | OrderRefused]:
        return place_many(customer_id=self.customer_id, requests=requests, at=self.at)

    def orders(self, asked: Asked, *, link_key: str | None) -> Page[Order]:
        mine, sieve = self._of_days(asked), Q()
        if below := read_cursor(asked.get("cursor", ""), of=ORDERS):
            mine = mine.filter(pk__lt=below)
        if link_key is not None:
            mine, sieve = history.on_link(mine, link_key)
        if "service" in asked:
            sieve &= Q(service=asked["service"])
        statuses = BEHIND[asked["status"]] if "status" in asked else ()
        page = history.page_of(mine, size=asked["limit"], statuses=statuses, sieve=sieve)
        older = page.older
        return Page(page.orders, None if older is None else cursor_at(older, of=ORDERS))

    def _of_days(self, asked: Asked) -> OrderQuerySet:
        return history.between(
            Order.objects.history_of(self.customer_id).asked_for(),
            since=asked.get("since"),
            until=asked.get("until"),
            customer_id=self.customer_id,
        )

    def by_number(self, numbers: Collection[int]) -> dict[int, Order]:
        return Order.objects.visible_to(self.customer_id).in_bulk(numbers)

    def story(self, order: Order) -> Story:
        return stories.of_real(order, at=self.at)

    def ask(self, order_id: int, kind: FollowUp.Kind) -> Answer:
        (answer,) = live.ask(
            order_ids=[order_id], customer_id=self.customer_id, kind=kind, at=self.at
        )
        return answer

    def requests(self, asked: Asked, kind: FollowUp.Kind) -> Page[FollowUp]:
        found = FollowUp.objects.asked_by(self.customer_id).filter(kind=kind)
        if "order" in asked:
            found = found.filter(order=asked["order"])
        return newest_first(found, of=NAMES[kind], asked=asked)

    def request(self, number: int, kind: FollowUp.Kind) -> FollowUp | None:
        mine = FollowUp.objects.asked_by(self.customer_id)
        return mine.filter(pk=number, kind=kind).first()


@dataclass(frozen=True, slots=True)
class PlayedShop:
    customer_id: int
    at: datetime

    def review(self, request: OrderRequest) -> Review:
        return reviewing.review(customer_id=self.customer_id, request=request, at=self.at)

    def place(self, request: OrderRequest) -> Placed:
        return placing.place(customer_id=self.customer_id, request=request, at=self.at)

    def place_many(self, requests: Sequence[OrderRequest]) -> list[Placed | OrderRefused]:
        return placing.place_many(customer_id=self.customer_id, requests=requests, at=self.at)

    def orders(self, asked: Asked, *, link_key: str | None) -> Page[Order]:
        """Where one stands is known from the time alone, so that no table can be asked."""
        below = read_cursor(asked.get("cursor", ""), of=ORDERS)
        found = reading.newest_orders(
            customer_id=self.customer_id, at=self.at, before=below, most=_PLAYED
        )
        wanted = [order for order in found if _is_wanted(order, asked, link_key)]
        return cut(wanted, of=ORDERS, limit=asked["limit"])

    def by_number(self, numbers: Collection[int]) -> dict[int, Order]:
        return reading.orders_by_number(customer_id=self.customer_id, numbers=numbers, at=self.at)

    def story(self, order: Order) -> Story:
        return stories.of_played(order, at=self.at)

    def ask(self, order_id: int, kind: FollowUp.Kind) -> Answer:
        (answer,) = played.ask(
            order_ids=[order_id], customer_id=self.customer_id, kind=kind, at=self.at
        )
        return answer

    def requests(self, asked: Asked, kind: FollowUp.Kind) -> Page[FollowUp]:
        below = read_cursor(asked.get("cursor", ""), of=NAMES[kind])
        found = self._requests(kind, before=below)
        wanted = [each for each in found if asked.get("order", each.order_id) == each.order_id]
        return cut(wanted, of=NAMES[kind], limit=asked["limit"])

    def request(self, number: int, kind: FollowUp.Kind) -> FollowUp | None:
        return next(iter(self._requests(kind, numbers=[number])), None)

    def _requests(
        self,
        kind: FollowUp.Kind,
        *,
        numbers: Iterable[int] | None = None,
        before: int | None = None,
    ) -> list[FollowUp]:
        return reading.follow_ups(
            customer_id=self.customer_id,
            kind=kind,
            at=self.at,
            numbers=numbers,
            before=before,
            most=_PLAYED,
        )


def shop_of(caller: Caller, *, at: datetime) -> Shop:
    if caller.is_sandbox:
        return PlayedShop(customer_id=caller.customer_id, at=at)
    return RealShop(customer_id=caller.customer_id, at=at)


def _is_wanted(order: Order, asked: Asked, link_key: str | None) -> bool:
    statuses = BEHIND[asked["status"]] if "status" in asked else [order.status]
    return (
        order.status in statuses
        and asked.get("service", order.service_id) == order.service_id
        and asked.get("since", order.created_at) <= order.created_at
        and ("until" not in asked or order.created_at < asked["until"])
        and link_key in (None, order.link_key)
    )
