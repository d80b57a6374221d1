"""`refill`, `refill_status` and `cancel` of API v2, with the trade's JSON types: one number is
answered with an object, a list with a list of one entry per number asked, complaints inside it.

A `cancel` of 1 means that the request was taken, not that the order is canceled: `status` tells.
Asked again it says 1 again. Source: API-04; docs/after-an-order.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from orders.api.declaring import Action, Answer, Caller, numbers_in, row_id
from orders.api.errors import (
    INCORRECT_REQUEST,
    NOT_CANCELABLE,
    NOT_REFILLABLE,
    REFILL_OPEN,
    UNKNOWN_ORDER,
    UNKNOWN_REFILL,
    Problem,
)
from orders.api.failing import ApiError
from orders.api.parameters import ORDER, ORDERS, REFILL, REFILLS
from orders.api.transport import Call, Parameter
from orders.followups import asking
from orders.followups.reasons import Reason
from orders.models import FollowUp
from orders.telling import REQUEST_WORDS

Kind = FollowUp.Kind

Result = int | str | Problem
# A result for each of the ids that were asked about, in their order.
Lookup = Callable[[Caller, Sequence[int]], list[Result]]


@dataclass(frozen=True, slots=True)
class Question:
    """Which parameters name what is asked about, one or many, and the key of each result."""

    key: str
    one: Parameter
    many: Parameter
    subject: str
    look_up: Lookup


def refill(caller: Caller, call: Call) -> Answer:
    """Asks for a refill of one order, or of each of many; the results are refills' numbers, and
    the one of a single order is a text."""
    numbers = numbers_in(call, ORDERS)
    if numbers:
        return _answers(caller, numbers, _REFILL)
    return {"refill": str(_answer(caller, call, _REFILL))}


def refill_status(caller: Caller, call: Call) -> Answer:
    """How one refill stands, or each of many."""
    numbers = numbers_in(call, REFILLS)
    if numbers:
        return _answers(caller, numbers, _REFILL_STATUS)
    return {"status": _answer(caller, call, _REFILL_STATUS)}


def cancel(caller: Caller, call: Call) -> Answer:
    """Asks for a cancel of one order, or of each of many."""
    numbers = numbers_in(call, ORDERS)
    if numbers:
        return _answers(caller, numbers, _CANCEL)
    return {"cancel": _answer(caller, call, _CANCEL)}


def _answer(caller: Caller, call: Call, question: Question) -> int | str:
    number = call.text(question.one)
    if not number:
        raise ApiError(INCORRECT_REQUEST, parameter=question.one.name)
    (result,) = question.look_up(caller, [row_id(number)])
    if isinstance(result, Problem):
        raise ApiError(result)
    return result


def _answers(caller: Caller, numbers: list[str], question: Question) -> Answer:
    ids = [row_id(number) for number in numbers]
    results = question.look_up(caller, ids)
    return [
        {question.subject: pk or number, question.key: _inside(result)}
        for number, pk, result in zip(numbers, ids, results, strict=True)
    ]


def _inside(result: Result) -> object:
    return {"error": result.sentence} if isinstance(result, Problem) else result


def _refills(caller: Caller, order_ids: Sequence[int]) -> list[Result]:
    return [_refill_result(one) for one in _asked(caller, order_ids, Kind.REFILL)]


def _cancels(caller: Caller, order_ids: Sequence[int]) -> list[Result]:
    return [_cancel_result(one) for one in _asked(caller, order_ids, Kind.CANCEL)]


def _asked(caller: Caller, order_ids: Sequence[int], kind: FollowUp.Kind) -> list[asking.Answer]:
    """Two spellings of one number are one request, and both get its answer."""
    answers = caller.shop.ask(
        order_ids=order_ids, customer_id=caller.customer_id, kind=kind, at=caller.at
    )
    by_order = {answer.order_id: answer for answer in answers}
    return [by_order[order_id] for order_id in order_ids]


def _refill_result(answer: asking.Answer) -> Result:
    if answer.follow_up_id is not None:
        return answer.follow_up_id
    if answer.reason is None:
        return UNKNOWN_ORDER
    return REFILL_OPEN if answer.reason == Reason.OPEN else NOT_REFILLABLE


def _cancel_result(answer: asking.Answer) -> Result:
    if answer.is_taken:
        return 1
    return UNKNOWN_ORDER if answer.reason is None else NOT_CANCELABLE


def _states(caller: Caller, refill_ids: Sequence[int]) -> list[Result]:
    states = caller.shop.refill_states(
        customer_id=caller.customer_id, numbers=refill_ids, at=caller.at
    )
    return [REQUEST_WORDS[states[pk]] if pk in states else UNKNOWN_REFILL for pk in refill_ids]


_REFILL = Question("refill", ORDER, ORDERS, "order", _refills)
_CANCEL = Question("cancel", ORDER, ORDERS, "order", _cancels)
_REFILL_STATUS = Question("status", REFILL, REFILLS, "refill", _states)

OFFERED = (
    Action(
        "refill",
        _(
            "Asks for a refill of a completed order, or of up to 100; services with refill alone. "
            "The answer is the number of the refill. With a list each order gets its own entry: "
            "the refill's number, or an error."
        ),
        refill,
        sample={"refill": "731"},
        parameters=(ORDER, ORDERS),
        scope=ApiKey.Scope.ORDER,
    ),
    Action(
        "refill_status",
        _("Tells how a refill stands, or up to 100: Pending, In progress, Completed or Rejected."),
        refill_status,
        sample={"status": "Completed"},
        parameters=(REFILL, REFILLS),
    ),
    Action(
        "cancel",
        _(
            "Asks for a cancel of an order, or of up to 100. 1 means that the request was taken, "
            "not that the order is canceled: its status tells. With a list each order gets its "
            "own entry: 1, or an error."
        ),
        cancel,
        sample={"cancel": 1},
        parameters=(ORDER, ORDERS),
        scope=ApiKey.Scope.ORDER,
    ),
)
