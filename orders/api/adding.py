"""The action `add`: an order of any service type, by the names that the trade gives its parts."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from orders.api.declaring import Action, Answer, Caller
from orders.api.errors import INCORRECT_REQUEST, UNKNOWN_SERVICE, ApiError, from_refusal
from orders.api.parameters import (
    ALLOW_DUPLICATE,
    INTERVAL,
    LINK,
    QUANTITY,
    REQUEST_ID,
    RUNS,
    SERVICE,
    TEXTS,
)
from orders.api.transport import Call, Parameter
from orders.models import Order
from orders.placing.asking import OrderRequest
from orders.refusals import OrderRefused

MAX_REQUEST_ID = 100
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")


def add(caller: Caller, call: Call) -> Answer:
    """Places an order. Raises ApiError, and then nothing was charged."""
    request = _request(call)
    try:
        placed = caller.shop.place(customer_id=caller.customer_id, request=request, at=caller.at)
    except OrderRefused as refused:
        if refused.field == LINK.name and not request.link:
            raise ApiError(INCORRECT_REQUEST, parameter=LINK.name) from refused
        raise from_refusal(refused) from refused
    return {"order": placed.order_id}


def _request(call: Call) -> OrderRequest:
    service_id = call.whole(SERVICE)
    if service_id is None:
        raise ApiError(UNKNOWN_SERVICE)
    runs = _number(call, RUNS)
    is_drip_feed = runs is not None and runs > 1
    return OrderRequest(
        service_id=service_id,
        link=call.text(LINK),
        quantity=call.whole(QUANTITY),
        channel=Order.Channel.API,
        idempotency_key=_request_id(call),
        texts=dict(_texts(call)),
        runs=runs,
        # Programs that send every name they know send an interval with every order.
        interval_minutes=_number(call, INTERVAL) if is_drip_feed else None,
        accepts_duplicate=_flag(call, ALLOW_DUPLICATE),
    )


def _texts(call: Call) -> Iterator[tuple[str, str]]:
    for parameter in TEXTS:
        if text := call.text(parameter):
            yield parameter.name, text


def _number(call: Call, parameter: Parameter) -> int | None:
    """None where nothing was sent; what cannot be read is named, not left out unseen."""
    number = call.whole(parameter)
    if number is None and call.text(parameter):
        raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
    return number


def _flag(call: Call, parameter: Parameter) -> bool:
    text = call.text(parameter).lower()
    if text not in (*_YES, *_NO):
        raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
    return text in _YES


def _request_id(call: Call) -> str | None:
    text = call.text(REQUEST_ID)
    if len(text) > MAX_REQUEST_ID:
        raise ApiError(INCORRECT_REQUEST, parameter=REQUEST_ID.name)
    return text or None


ADD = Action(
    "add",
    _("Places an order and takes its price from your balance."),
    add,
    sample={"order": 23501},
    parameters=(SERVICE, LINK, QUANTITY, RUNS, INTERVAL, ALLOW_DUPLICATE, REQUEST_ID),
    scope=ApiKey.Scope.ORDER,
)
