"""Refills and cancels of REST v3: asked for as on the order's page (docs/after-an-order.md)."""

from __future__ import annotations

from http import HTTPStatus

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.describing import operation
from accounts.rest.paging import page_answer
from accounts.rest.problems import Refusal
from accounts.rest.views import paged
from orders.models import FollowUp
from orders.rest.answers import CancelTakenAnswer, RequestAnswer
from orders.rest.asked import RequestsAsked
from orders.rest.problems import (
    NOT_CANCELABLE,
    NOT_REFILLABLE,
    REFILL_OPEN,
    UNKNOWN_CANCEL,
    UNKNOWN_ORDER,
    UNKNOWN_REFILL,
    no_cancel,
    no_refill,
)
from orders.rest.views import ShopView

Kind = FollowUp.Kind


class OrderRefillView(ShopView):
    @operation(
        "refill_order",
        answers={201: RequestAnswer},
        refusals=[UNKNOWN_ORDER, NOT_REFILLABLE, REFILL_OPEN],
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Ask for a refill of an order."""
        answer = self.shop.ask(order_id, Kind.REFILL)
        if answer.follow_up_id is None:
            raise no_refill(answer.reason) if answer.reason else Refusal(UNKNOWN_ORDER)
        refill = self.shop.request(answer.follow_up_id, Kind.REFILL)
        return Response(RequestAnswer(refill).data, status=HTTPStatus.CREATED)


class OrderCancelView(ShopView):
    @operation(
        "cancel_order",
        answers={202: CancelTakenAnswer},
        refusals=[UNKNOWN_ORDER, NOT_CANCELABLE],
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Ask that an order be canceled.

        It was taken, which does not mean that the order is canceled: its status tells. Asked again
        it gives the same answer.
        """
        answer = self.shop.ask(order_id, Kind.CANCEL)
        if not answer.is_taken:
            raise no_cancel(answer.reason) if answer.reason else Refusal(UNKNOWN_ORDER)
        number = answer.follow_up_id
        cancel = None if number is None else self.shop.request(number, Kind.CANCEL)
        taken = {"is_canceled": answer.is_canceled, "cancel": cancel}
        return Response(CancelTakenAnswer(taken).data, status=HTTPStatus.ACCEPTED)


class RefillsView(ShopView):
    @operation("list_refills", query=RequestsAsked, answers={200: page_answer(RequestAnswer)})
    def get(self, request: Request) -> Response:
        """Your refills, newest first."""
        return paged(self.shop.requests(self.query, Kind.REFILL), RequestAnswer)


class RefillView(ShopView):
    @operation("read_refill", answers={200: RequestAnswer}, refusals=[UNKNOWN_REFILL])
    def get(self, request: Request, refill_id: int) -> Response:
        """How one refill stands."""
        refill = self.shop.request(refill_id, Kind.REFILL)
        if refill is None:
            raise Refusal(UNKNOWN_REFILL)
        return Response(RequestAnswer(refill).data)


class CancelsView(ShopView):
    @operation("list_cancels", query=RequestsAsked, answers={200: page_answer(RequestAnswer)})
    def get(self, request: Request) -> Response:
        """The cancels that you asked for, newest first."""
        return paged(self.shop.requests(self.query, Kind.CANCEL), RequestAnswer)


class CancelView(ShopView):
    @operation("read_cancel", answers={200: RequestAnswer}, refusals=[UNKNOWN_CANCEL])
    def get(self, request: Request, cancel_id: int) -> Response:
        """How one cancel stands."""
        cancel = self.shop.request(cancel_id, Kind.CANCEL)
        if cancel is None:
            raise Refusal(UNKNOWN_CANCEL)
        return Response(RequestAnswer(cancel).data)
