"""The actions `add` and `mass`: orders of any service type, by the names that the trade gives their
parts."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts import admission
from accounts.admission import Knock
from accounts.models import ApiKey
from orders.api.declaring import MAX_NUMBERS, Action, Ahead, Answer, Caller
from orders.api.errors import INCORRECT_REQUEST, TOO_MANY_ORDERS, UNKNOWN_SERVICE
from orders.api.failing import ApiError, from_refusal
from orders.api.parameters import (
    ALLOW_DUPLICATE,
    INTERVAL,
    LINK,
    MASS_ORDERS,
    QUANTITY,
    REQUEST_ID,
    RUNS,
    SERVICE,
    TEXTS,
)
from orders.api.transport import Call, Parameter
from orders.models import Order
from orders.placing import arriving
from orders.placing.asking import OrderRequest
from orders.placing.placement import Placed
from orders.refusals import OrderRefused

MAX_REQUEST_ID = 100
_NAMES_OF_TEXTS = frozenset(name for parameter in TEXTS for name in parameter.names)
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")


def add(caller: Caller, call: Call) -> Answer:
    """Places an order. Raises ApiError, and then nothing was charged."""
    ahead = caller.ahead
    if ahead and ahead.lost:
        raise ahead.lost
    if ahead and ahead.order_id:
        return {"order": ahead.order_id}
    asked = ahead.request if ahead else None
    request = _once(caller, asked or _request(call))
    found = ahead.found if ahead and asked is request else None
    try:
        placed = caller.shop.place(
            customer_id=caller.customer_id, request=request, at=caller.at, found=found
        )
    except OrderRefused as refused:
        raise _error(refused, request) from refused
    return {"order": placed.order_id}


def admits(knock: Knock, call: Call) -> tuple[admission.Caller, Ahead] | None:
    """And places the order, if nothing stands in its way; what cannot be read is said by the
    handler, to those alone who may come in."""
    try:
        request = _request(call)
    except ApiError:
        return None
    arrival = arriving.arrive(knock=knock, request=request, may_order=_may_order)
    caller, found, order_id, lost = arrival
    return caller, Ahead(request=request, found=found, order_id=order_id, lost=lost)


def _may_order(caller: admission.Caller) -> bool:
    """Whether the call is nothing but this order: not a played one, and none that becomes another
    request by its owner's window for repeats."""
    is_live = caller.scope == ApiKey.Scope.ORDER and not caller.is_sandbox
    return is_live and not caller.repeat_window_seconds


def mass(caller: Caller, call: Call) -> Answer:
    """Places up to MAX_NUMBERS orders, each with its own result. Raises ApiError where there is no
    list, and then nothing was ordered."""
    calls = call.calls(MASS_ORDERS)
    if not calls:
        raise ApiError(INCORRECT_REQUEST, parameter=MASS_ORDERS.name)
    if len(calls) > MAX_NUMBERS:
        raise ApiError(TOO_MANY_ORDERS)
    read = [_readable(caller, one) for one in calls]
    requests = [one for one in read if isinstance(one, OrderRequest)]
    results = iter(
        caller.shop.place_many(customer_id=caller.customer_id, requests=requests, at=caller.at)
    )
    return [
        _entry(caller, one, next(results) if isinstance(one, OrderRequest) else one) for one in read
    ]


def _readable(caller: Caller, call: Call) -> OrderRequest | ApiError:
    try:
        if not call.text(SERVICE):
            raise ApiError(INCORRECT_REQUEST, parameter=SERVICE.name)
        return _once(caller, _request(call))
    except ApiError as error:
        return error


def _entry(
    caller: Caller, request: OrderRequest | ApiError, result: Placed | OrderRefused | ApiError
) -> dict[str, object]:
    if isinstance(result, Placed):
        return {"order": result.order_id}
    if isinstance(result, OrderRefused):
        result = _error(result, request)
    return result.body(caller.errors)


def _error(refused: OrderRefused, request: OrderRequest | ApiError) -> ApiError:
    if refused.field == LINK.name and isinstance(request, OrderRequest) and not request.link:
        return ApiError(INCORRECT_REQUEST, parameter=LINK.name)
    return from_refusal(refused)


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


def _once(caller: Caller, request: OrderRequest) -> OrderRequest:
    return request.once_in(seconds=caller.repeat_window_seconds, at=caller.at)


def _texts(call: Call) -> Iterator[tuple[str, str]]:
    # Most services have none of them.
    if _NAMES_OF_TEXTS.isdisjoint(call.sent):
        return
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


OFFERED = (
    Action(
        "add",
        _("Places an order and takes its price from your balance."),
        add,
        sample={"order": 23501},
        parameters=(SERVICE, LINK, QUANTITY, RUNS, INTERVAL, ALLOW_DUPLICATE, REQUEST_ID),
        scope=ApiKey.Scope.ORDER,
        admits=admits,
    ),
    Action(
        "mass",
        _(
            "Places up to 100 orders at once. Each is taken or refused for itself: the answer is "
            "a list in the same order, with an order's number or an error for each."
        ),
        mass,
        sample=[
            {"order": 23502},
            {"error": "Incorrect service ID", "code": UNKNOWN_SERVICE.code},
        ],
        parameters=(MASS_ORDERS,),
        scope=ApiKey.Scope.ORDER,
    ),
)
