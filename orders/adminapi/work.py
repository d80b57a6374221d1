"""Our own work: a program takes it, says how it goes, and answers requests about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.adminapi import lists
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.reading import Fields
from accounts.adminapi.serving import Call, endpoint
from accounts.models import OperatorKey
from orders.adminapi import acting, members
from orders.ending import statuses
from orders.ending.proposals import LONGEST_NOTE
from orders.followups import deciding
from orders.followups.deciding import DECIDING, ENDS
from orders.followups.deciding import LONGEST_NOTE as LONGEST_REQUEST_NOTE
from orders.followups.reasons import End
from orders.handwork import progress, taking
from orders.handwork.progress import Told
from orders.models import FollowUp
from services.providers.dialect import ReportState

Scope = OperatorKey.Scope
Kind = FollowUp.Kind
_SAYABLE = {state.value: state for state in ReportState if state != ReportState.FAILED}
_REFILL_WORDS: Mapping[str, End] = {"completed": End.CARRIED_OUT, "rejected": End.NOT_POSSIBLE}
_REFUSALS = {end.value: end for end in (End.NOT_DROPPED, End.NOT_PUBLIC, End.NOT_POSSIBLE)}


@endpoint("POST", scope=Scope.ORDERS_WORK, permission=statuses.SETTING)
def order_pull(call: Call) -> dict[str, object]:
    taken = taking.take_orders(
        actor=call.by,
        at=call.at,
        most=_most(call),
        service_ids=call.fields.numbers("service_ids"),
        ip=call.ip,
    )
    return {"list": [members.work_of(order) for order in taken], "count": len(taken)}


@endpoint("POST", scope=Scope.ORDERS_WORK, permission=statuses.SETTING)
def order_update(call: Call) -> dict[str, object]:
    """One order by `id`, or a list of them in `orders`; each with status, start_count, remains."""
    told = call.fields.objects("orders") or [call.fields]
    return {"results": [_update(call, one) for one in told]}


def _update(call: Call, fields: Fields) -> dict[str, Any]:
    try:
        number = fields.required("id", fields.whole)
    except Refusal as refusal:
        return {"id": None, **refusal.members()}
    return lists.result_of(number, lambda one: acting.about(one, _tell(call, fields)))


def _tell(call: Call, fields: Fields) -> lists.Act:
    def tell(number: int) -> dict[str, Any]:
        told = Told(
            state=fields.choice("status", _SAYABLE),
            start_count=fields.whole("start_count"),
            remains=fields.whole("remains"),
            note=acting.reason_of(call, most=LONGEST_NOTE),
        )
        order = progress.tell(order_id=number, told=told, actor=acting.actor_of(call))
        return {"result": "done", "status": order.status, "remains": order.remains}

    return tell


@endpoint("POST", scope=Scope.ORDERS_WORK, permission=DECIDING)
def refill_pull(call: Call) -> dict[str, object]:
    return _pull(call, Kind.REFILL)


@endpoint("POST", scope=Scope.ORDERS_WORK, permission=DECIDING)
def cancel_pull(call: Call) -> dict[str, object]:
    return _pull(call, Kind.CANCEL)


@endpoint("POST", scope=Scope.ORDERS_WORK, permission=DECIDING)
def refill_change_status(call: Call) -> dict[str, object]:
    """completed or rejected; `why` tells the customer more than that it could not be done."""
    end = call.fields.choice("status", _REFILL_WORDS)
    if end is None:
        raise invalid("status", _("one of: %(words)s") % {"words": ", ".join(_REFILL_WORDS)})
    if end != End.CARRIED_OUT:
        end = call.fields.choice("why", _REFUSALS) or end
    return _decide(call, Kind.REFILL, end)


@endpoint("POST", scope=Scope.ORDERS_WORK, permission=DECIDING)
def cancel_reject(call: Call) -> dict[str, object]:
    return _decide(call, Kind.CANCEL, End.NOT_POSSIBLE)


def _pull(call: Call, kind: FollowUp.Kind) -> dict[str, object]:
    taken = taking.take_requests(kind=kind, actor=call.by, at=call.at, most=_most(call), ip=call.ip)
    return {"list": [members.request_of(one) for one in taken], "count": len(taken)}


def _most(call: Call) -> int:
    limit = call.fields.whole("limit")
    if limit is not None and not 1 <= limit <= taking.MOST:
        raise invalid("limit", _("1 to %(most)s") % {"most": taking.MOST})
    return limit or taking.MOST


def _decide(call: Call, kind: FollowUp.Kind, end: End) -> dict[str, object]:
    note = acting.reason_of(call, most=LONGEST_REQUEST_NOTE)

    def decide(number: int) -> dict[str, Any]:
        if not FollowUp.objects.filter(pk=number, kind=kind).exists():
            raise Refusal(Code.NOT_FOUND, _("There is no such request."))
        decision = deciding.Decision(
            follow_up_id=number, actor=call.by, note=note, at=call.at, ip=call.ip
        )
        try:
            deciding.decide(decision=decision, end=end)
        except deciding.CannotDecide as refusal:
            raise Refusal(Code.CONFLICT, refusal.message) from None
        return {"result": "done", "why": end.value}

    if end not in ENDS[kind]:
        raise invalid("why", _("it does not fit this kind of request"))
    return lists.each(call.fields.required("ids", call.fields.numbers), decide)
