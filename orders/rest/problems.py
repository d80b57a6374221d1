"""Why an order or a request after it is not taken, as REST v3 tells it. The codes are those of API
v2: one cause has one code."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.rest.problems import INCORRECT, INVALID_KEY, Problem, Refusal
from orders.api import errors
from orders.followups.reasons import Reason, sentence
from orders.refusals import OrderRefused, RefusalCode

UNKNOWN_ORDER = Problem(errors.UNKNOWN_ORDER.code, 404, "You have no order of this number.")
UNKNOWN_REFILL = Problem(errors.UNKNOWN_REFILL.code, 404, "You have no refill of this number.")
UNKNOWN_CANCEL = Problem("unknown_cancel", 404, "You have asked for no cancel of this number.")
NOT_REFILLABLE = Problem(
    errors.NOT_REFILLABLE.code, 409, "`detail` says why; the order's `can_refill` says when not."
)
REFILL_OPEN = Problem(errors.REFILL_OPEN.code, 409, "Wait for the refill that is open.")
NOT_CANCELABLE = Problem(
    errors.NOT_CANCELABLE.code, 409, "`detail` says why; the order's `can_cancel` says when not."
)

_ADVICE: Mapping[RefusalCode, tuple[int, str]] = {
    RefusalCode.UNKNOWN_SERVICE: (422, "Order a service that GET /services lists."),
    RefusalCode.INVALID_LINK: (422, "Send the full address of what the order is for."),
    RefusalCode.BELOW_MINIMUM: (422, "Order at least the `min` of the service."),
    RefusalCode.ABOVE_MAXIMUM: (422, "Order at most the `max` of the service, all runs together."),
    RefusalCode.PRICE_TOO_SMALL: (422, "Order more: so few cost less than can be charged."),
    RefusalCode.INVALID_RUNS: (422, "Correct runs and interval, or leave both out."),
    RefusalCode.PRICE_CHANGED: (409, "Look at the price again and send the order anew."),
    RefusalCode.NOT_ENOUGH_FUNDS: (409, "Top up your balance and send the order again."),
    RefusalCode.IN_DEBT: (409, "Top up: that settles the debt of a reversed payment first."),
    RefusalCode.DUPLICATE_LINK: (409, "Wait until the order that runs on this link has ended."),
    RefusalCode.NOT_ACKNOWLEDGED: (
        409,
        "An order of this service runs on the link. To order another, send `allow_duplicate`.",
    ),
    RefusalCode.KEY_REUSED: (409, "Use a new Idempotency-Key for another order."),
    RefusalCode.SWITCHED_OFF: (409, "New orders are paused. Try again later."),
    RefusalCode.TOO_MANY_OPEN: (409, "Wait until some of your running orders have ended."),
    RefusalCode.BELOW_COST: (409, "The service cannot be sold at its price now. Try again later."),
    RefusalCode.COUNTRY_UNKNOWN: (409, "Name your billing country on your account page."),
    RefusalCode.NOT_SOLD_THERE: (409, "Order a service that is sold in your country."),
    RefusalCode.FROZEN: (403, "The account is frozen. Write to support."),
}
PROBLEMS: Mapping[RefusalCode, Problem] = {
    **{
        code: Problem(errors.REFUSALS[code].code, status, advice)
        for code, (status, advice) in _ADVICE.items()
    },
    RefusalCode.INVALID_PARAMETER: INCORRECT,
    RefusalCode.CUSTOMER_INACTIVE: INVALID_KEY,
}
OF_PLACING = tuple(dict.fromkeys(PROBLEMS.values()))


def refused(refusal: OrderRefused) -> Refusal:
    """The same refusal, with the words beside each member that has to be changed."""
    words = dict(refusal.problems)
    if refusal.code == RefusalCode.NOT_ACKNOWLEDGED:
        words = {"allow_duplicate": " ".join(refusal.ticks.values())}
    return Refusal(PROBLEMS[refusal.code], detail=refusal.message, errors=words)


def no_refill(reason: Reason) -> Refusal:
    problem = REFILL_OPEN if reason == Reason.OPEN else NOT_REFILLABLE
    return Refusal(problem, detail=sentence(reason))


def no_cancel(reason: Reason) -> Refusal:
    return Refusal(NOT_CANCELABLE, detail=sentence(reason))
