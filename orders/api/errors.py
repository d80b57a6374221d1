"""What API v2 says when it says no: one sentence and one code per cause.

The sentences are the trade's, because scripts compare them literally: they belong to the protocol
and are never translated. `code` is ours, stable, and what a new script should read. Source: API-04.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.admission import Reason
from orders.refusals import OrderRefused, RefusalCode


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause. `status` is 200 for all that is business: clients throw the body of others away."""

    code: str
    sentence: str
    status: int = 200


INCORRECT_REQUEST = Problem("incorrect_request", "Incorrect request")
UNREADABLE = Problem("incorrect_request", "Incorrect request", status=400)
TOO_LARGE = Problem("too_large", "Request is too large", status=413)
WRONG_METHOD = Problem("wrong_method", "Send GET or POST", status=405)
TOO_MANY_REQUESTS = Problem("too_many_requests", "Too many requests", status=429)
API_PAUSED = Problem("api_paused", "The API is paused. Please try again later.", status=503)
INVALID_KEY = Problem("invalid_api_key", "Invalid API key")
ADDRESS_REFUSED = Problem("address_refused", "This API key may not be used from this address")
KEY_IN_QUERY = Problem("key_in_query", "This API key may not be sent in the address")
API_SUSPENDED = Problem(
    "api_suspended", "Too many requests: the API is suspended for this account", status=429
)
SCOPE_MISSING = Problem("scope_missing", "This API key may only read")
UNKNOWN_ACTION = Problem("unknown_action", "This action is Invalid")
UNKNOWN_SERVICE = Problem("unknown_service", "Incorrect service ID")
UNKNOWN_ORDER = Problem("unknown_order", "Incorrect order ID")
UNKNOWN_REFILL = Problem("unknown_refill", "Refill not found")
NOT_REFILLABLE = Problem("not_refillable", "Order not eligible for refill.")
REFILL_OPEN = Problem("refill_open", "Order already has an open refill")
NOT_CANCELABLE = Problem("not_cancelable", "Order cannot be canceled")
TOO_MANY_ORDERS = Problem("too_many_orders", "Maximum 100 orders per request")

REFUSED_AT_THE_DOOR: Mapping[Reason, Problem] = {
    Reason.INVALID_KEY: INVALID_KEY,
    Reason.ADDRESS_REFUSED: ADDRESS_REFUSED,
    Reason.KEY_IN_QUERY: KEY_IN_QUERY,
    Reason.TOO_MANY: TOO_MANY_REQUESTS,
    Reason.SUSPENDED: API_SUSPENDED,
    Reason.PAUSED: API_PAUSED,
}

# "{fact}" is the number that the refusal carries: the limit that was missed.
REFUSALS: Mapping[RefusalCode, Problem] = {
    RefusalCode.UNKNOWN_SERVICE: UNKNOWN_SERVICE,
    RefusalCode.INVALID_LINK: Problem("invalid_link", "Bad Link"),
    RefusalCode.BELOW_MINIMUM: Problem("below_minimum", "Quantity less than minimal {fact}"),
    RefusalCode.ABOVE_MAXIMUM: Problem("above_maximum", "Quantity more than maximum {fact}"),
    RefusalCode.PRICE_TOO_SMALL: Problem("price_too_small", "Quantity is too small to be charged"),
    RefusalCode.PRICE_CHANGED: Problem(
        "price_changed", "The service has just changed. Please send the order again."
    ),
    RefusalCode.NOT_ENOUGH_FUNDS: Problem("not_enough_funds", "Not enough funds on balance"),
    # In the words for an empty balance, which other panels' software knows: it means the same.
    RefusalCode.IN_DEBT: Problem("in_debt", "Not enough funds on balance: a debt is open"),
    RefusalCode.DUPLICATE_LINK: Problem(
        "duplicate_link",
        "You have active order with this link. Please wait until order being completed.",
    ),
    RefusalCode.KEY_REUSED: Problem(
        "key_reused", "This request_id was already used for another order"
    ),
    RefusalCode.SWITCHED_OFF: Problem(
        "switched_off", "New orders are paused. Please try again later."
    ),
    RefusalCode.TOO_MANY_OPEN: Problem("too_many_open", "Too many running orders"),
    RefusalCode.INVALID_PARAMETER: INCORRECT_REQUEST,
    RefusalCode.INVALID_RUNS: Problem("invalid_runs", "Incorrect request"),
    RefusalCode.BELOW_COST: Problem("below_cost", "The service cannot be sold at this price"),
    # A second order that the terms allow to who asks for it: see the parameter allow_duplicate.
    RefusalCode.NOT_ACKNOWLEDGED: Problem(
        "duplicate_not_allowed",
        "You have active order with this link. Please wait until order being completed.",
    ),
    RefusalCode.COUNTRY_UNKNOWN: Problem(
        "country_unknown", "Name your billing country on your account page to order this service"
    ),
    RefusalCode.NOT_SOLD_THERE: Problem(
        "not_sold_there", "This service is not sold in your billing country"
    ),
    RefusalCode.FROZEN: Problem("frozen", "This account is frozen. Please contact support."),
    # A key of somebody who was suspended between two statements.
    RefusalCode.CUSTOMER_INACTIVE: INVALID_KEY,
}
# Their sentence does not say what is wrong: the names do.
_NAMED = (RefusalCode.INVALID_PARAMETER, RefusalCode.INVALID_RUNS)


def explained() -> list[Problem]:
    """Every error once, the number in its sentence shown as N; last those of any call whatever."""
    own = [
        INVALID_KEY,
        ADDRESS_REFUSED,
        KEY_IN_QUERY,
        SCOPE_MISSING,
        UNKNOWN_ACTION,
        INCORRECT_REQUEST,
    ]
    own += [UNKNOWN_ORDER, UNKNOWN_REFILL, NOT_REFILLABLE, REFILL_OPEN, NOT_CANCELABLE]
    own += [TOO_MANY_ORDERS]
    of_any = [UNREADABLE, WRONG_METHOD, TOO_LARGE, TOO_MANY_REQUESTS, API_SUSPENDED, API_PAUSED]
    every = dict.fromkeys([*own, *REFUSALS.values(), *of_any])
    return [Problem(one.code, one.sentence.format(fact="N"), one.status) for one in every]


class ApiError(Exception):
    """Ends a call. `parameter` names the one that could not be read, where it is about one;
    of several `parameters` the answer names the first, and then all."""

    def __init__(
        self,
        problem: Problem,
        *,
        fact: int = 0,
        parameter: str = "",
        parameters: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem.code)
        self.http_status = problem.status
        self.headers = headers or {}
        self.body: dict[str, object] = {
            "error": problem.sentence.format(fact=fact),
            "code": problem.code,
        }
        named = [parameter] if parameter else list(parameters)
        if named:
            self.body["parameter"] = named[0]
        if len(named) > 1:
            self.body["parameters"] = named


def from_refusal(refused: OrderRefused) -> ApiError:
    """The same refusal in the words of the trade, with the names of what has to be changed."""
    if refused.code == RefusalCode.NOT_ACKNOWLEDGED:
        names = ["allow_duplicate"]
    else:
        names = list(refused.problems) if refused.code in _NAMED else []
    return ApiError(REFUSALS[refused.code], fact=refused.fact, parameters=names)
