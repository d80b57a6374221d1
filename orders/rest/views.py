"""Orders of REST v3: the acts are those of the pages and of API v2 (ORD-01, API-08)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.describing import operation
from accounts.rest.handling import invalid
from accounts.rest.paging import page_answer
from accounts.rest.problems import INCORRECT, Refusal
from accounts.rest.views import RestView, paged
from orders.api import played
from orders.models import Order
from orders.placing.asking import OrderRequest
from orders.placing.placement import Placed
from orders.refusals import OrderRefused
from orders.rest import examples
from orders.rest.answers import (
    BatchAnswer,
    OrderAnswer,
    OrderDetailAnswer,
    QuoteAnswer,
    StoryAnswer,
)
from orders.rest.asked import (
    IDEMPOTENCY_KEY,
    BatchAsked,
    OrderAsked,
    OrdersAsked,
    key_in,
    request_of,
)
from orders.rest.problems import OF_PLACING, UNKNOWN_ORDER, refused
from orders.rest.shops import Shop, shop_of
from services import links
from wallet.balances import Balances, balances_of
from wallet.rest.views import BalanceAnswer

REPLAYED = "Idempotency-Replayed"
KEY = OpenApiParameter(
    IDEMPOTENCY_KEY,
    {"type": "string", "minLength": 1, "maxLength": 100},
    OpenApiParameter.HEADER,
    description="Your own name for this order. Sent again, the call gives the same order instead "
    "of a second one, also while the first call is under way. Refusals do not use it up. Without "
    "one the window for repeated orders holds that the account has chosen.",
)
WAS_REPLAYED = OpenApiParameter(
    REPLAYED,
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    response=[200],
    description="The order was placed by an earlier call: with this Idempotency-Key, or without "
    "one in the window for repeated orders.",
)


class ShopView(RestView):
    @cached_property
    def shop(self) -> Shop:
        return shop_of(self.caller, at=self.at)

    def own_order(self, order_id: int) -> Order:
        """Raises Refusal, the same for what is another's as for what is nobody's."""
        order = self.shop.by_number([order_id]).get(order_id)
        if order is None:
            raise Refusal(UNKNOWN_ORDER)
        return order

    def asked_once(self, asked: Mapping[str, Any], *, key: str | None) -> OrderRequest:
        """The order that is asked for, or again in the account's window for repeated orders."""
        seconds = self.caller.repeat_window_seconds
        return request_of(asked, key=key).once_in(seconds=seconds, at=self.at)


class BalanceView(ShopView):
    @operation("read_balance", answers={200: BalanceAnswer})
    def get(self, request: Request) -> Response:
        """What you can spend.

        Of a sandbox key what there is left to play with.
        """
        return Response(BalanceAnswer(self._balances()).data)

    def _balances(self) -> Balances:
        if self.caller.is_sandbox:
            left = played.spendable_micros(customer_id=self.customer_id, at=self.at)
            return Balances(cash_micros=left)
        return balances_of(customer_id=self.customer_id)


class OrdersView(ShopView):
    @operation("list_orders", query=OrdersAsked, answers={200: page_answer(OrderAnswer)})
    def get(self, request: Request) -> Response:
        """Your orders, newest first.

        Runs of a drip-feed and posts of a subscription are parts of their order: it names them.
        """
        page = self.shop.orders(self.query, link_key=_link_key(self.query.get("link")))
        return paged(page, OrderAnswer)

    @operation(
        "place_order",
        asked=OrderAsked,
        headers=[KEY, WAS_REPLAYED],
        answers={201: OrderAnswer, 200: OrderAnswer},
        refusals=OF_PLACING,
        examples=examples.ORDERS,
    )
    def post(self, request: Request) -> Response:
        """Place an order, and pay it from your balance.

        201 with the order, or 200 with the order of an earlier call that this one repeats. A
        refusal charges nothing.
        """
        key = key_in(request.headers.get(IDEMPOTENCY_KEY))
        try:
            placed = self.shop.place(self.asked_once(self.body, key=key))
        except OrderRefused as refusal:
            raise refused(refusal) from refusal
        answer = Response(
            OrderAnswer(self.own_order(placed.order_id)).data, status=_status_of(placed)
        )
        if placed.is_replay:
            answer.headers[REPLAYED] = "true"
        return answer


class QuoteView(ShopView):
    @operation(
        "quote_order",
        asked=OrderAsked,
        answers={200: QuoteAnswer},
        refusals=OF_PLACING,
        examples=examples.QUOTE,
    )
    def post(self, request: Request) -> Response:
        """What an order would cost, and what stands in its way; nothing is ordered."""
        wanted = request_of(self.body, key=None)
        try:
            review = self.shop.review(wanted)
        except OrderRefused as refusal:
            raise refused(refusal) from refusal
        return Response(QuoteAnswer(review).data)


class BatchView(ShopView):
    @operation(
        "place_orders", asked=BatchAsked, answers={200: BatchAnswer}, examples=examples.BATCH
    )
    def post(self, request: Request) -> Response:
        """Place up to 100 orders in one call, each with its own result.

        What is refused stands in nobody else's way. Each order has an `idempotency_key` of its own,
        so that the whole batch can be sent again.
        """
        asked = self.body["orders"]
        numbers = [number for number, one in enumerate(asked) if not _is_wrong(one)]
        requests = [
            self.asked_once(asked[number], key=asked[number].get("idempotency_key"))
            for number in numbers
        ]
        became = dict(zip(numbers, self.shop.place_many(requests), strict=True))
        placed = [one.order_id for one in became.values() if isinstance(one, Placed)]
        orders = self.shop.by_number(placed)
        results = [_result(became.get(number, one), orders) for number, one in enumerate(asked)]
        return Response({"results": results})


class OrderView(ShopView):
    @operation("read_order", answers={200: OrderDetailAnswer}, refusals=[UNKNOWN_ORDER])
    def get(self, request: Request, order_id: int) -> Response:
        """One order with all that its page shows."""
        order = self.own_order(order_id)
        story = StoryAnswer(self.shop.story(order)).data
        return Response({**OrderAnswer(order).data, **story})


def _status_of(placed: Placed) -> HTTPStatus:
    return HTTPStatus.OK if placed.is_replay else HTTPStatus.CREATED


def _is_wrong(one: object) -> bool:
    return isinstance(one, serializers.ValidationError)


def _result(became: object, orders: dict[int, Order]) -> dict[str, Any]:
    if isinstance(became, Placed):
        order = OrderAnswer(orders[became.order_id]).data
        return {"status": _status_of(became).value, "order": order, "problem": None}
    refusal = _refusal(became)
    return {"status": refusal.problem.status, "order": None, "problem": refusal.body}


def _refusal(became: object) -> Refusal:
    if isinstance(became, OrderRefused):
        return refused(became)
    if isinstance(became, serializers.ValidationError):
        return invalid(became.detail)
    raise TypeError(type(became).__name__)


def _link_key(link: str | None) -> str | None:
    """What all spellings of a link have in common. Raises Refusal."""
    if link is None:
        return None
    try:
        return links.canonical(link).key
    except links.InvalidLink as error:
        words = str(error.message)
        raise Refusal(INCORRECT, detail=words, errors={"link": words}) from None
