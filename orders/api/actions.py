"""The actions of API v2 as data: one declaration that answers calls and documents itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts import admission
from accounts.admission import Knock
from orders.api import adding, answers, followup_actions, price_list
from orders.api.declaring import Action, Ahead, Answer, Caller, numbers_in, row_id
from orders.api.errors import INCORRECT_REQUEST, UNKNOWN_ORDER
from orders.api.failing import ApiError
from orders.api.parameters import ORDER, ORDERS
from orders.api.transport import Call
from orders.telling import CURRENCY
from services.viewpoints import viewpoint_of


def list_services(caller: Caller, call: Call) -> Answer:
    """Everything that is sold to this customer, at his own prices."""
    viewpoint = caller.ahead.viewpoint if caller.ahead else None
    return price_list.price_list(viewpoint or viewpoint_of(caller.customer_id))


def _admitted_to_services(knock: Knock, call: Call) -> tuple[admission.Caller, Ahead]:
    caller, viewpoint = price_list.admit(knock)
    return caller, Ahead(viewpoint=viewpoint)


def status(caller: Caller, call: Call) -> Answer:
    """One order, or each of up to MAX_NUMBERS by the number as it was asked for."""
    if numbers := numbers_in(call, ORDERS):
        return _statuses(caller, numbers)
    number = call.text(ORDER)
    if not number:
        raise ApiError(INCORRECT_REQUEST, parameter=ORDER.name)
    report = _reports(caller, [number])[number]
    if report is None:
        raise ApiError(UNKNOWN_ORDER)
    return report


def _statuses(caller: Caller, numbers: list[str]) -> Answer:
    reports = _reports(caller, numbers)
    return {
        number: report or {"error": UNKNOWN_ORDER.sentence} for number, report in reports.items()
    }


def _reports(caller: Caller, numbers: list[str]) -> dict[str, dict[str, object] | None]:
    """A report for each number as it was written; None where the caller has no such order."""
    ids = {number: row_id(number) for number in numbers}
    reports = caller.shop.reports(
        customer_id=caller.customer_id, numbers=ids.values(), at=caller.at
    )
    return {number: reports.get(order_id) for number, order_id in ids.items()}


def balance(caller: Caller, call: Call) -> Answer:
    """What the customer may spend."""
    left = caller.shop.spendable_micros(customer_id=caller.customer_id, at=caller.at)
    return answers.balance_report(left)


_REPORT = {
    "charge": "0.27819",
    "start_count": "3572",
    "status": "Partial",
    "remains": "157",
    "currency": CURRENCY,
}

OFFERED: tuple[Action, ...] = (
    Action(
        "services",
        _(
            "Lists what is on sale where you are billed, at your own prices per 1000. The desc "
            "says first what is delivered. The average_time is an estimate in minutes, no promise: "
            "what 1000 took lately, where enough orders were measured."
        ),
        list_services,
        admits=_admitted_to_services,
        sample=[
            {
                "service": 1,
                "name": "Views",
                "type": "Default",
                "category": "Platform A · Views",
                "rate": "0.9",
                "min": "50",
                "max": "10000",
                "refill": False,
                "cancel": False,
                "dripfeed": False,
                "desc": "Automated accounts: numbers only, no genuine interest.",
                "average_time": "45",
            }
        ],
    ),
    *adding.OFFERED,
    Action(
        "status",
        _("Tells how one order stands, or up to 100 at once by their numbers."),
        status,
        sample=_REPORT,
        parameters=(ORDER, ORDERS),
        aliases=("statuses", "multistatus", "multi_status"),
    ),
    Action(
        "balance",
        _("Tells what you can spend."),
        balance,
        sample={"balance": "100.84292", "currency": CURRENCY},
    ),
    *followup_actions.OFFERED,
)
# By every name, in lower case.
ACTIONS: Mapping[str, Action] = {
    name: action for action in OFFERED for name in (action.name, *action.aliases)
}
