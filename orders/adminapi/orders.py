"""Orders: lists and one of them, and the acts of staff on many at once."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.adminapi import lists
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.serving import Call, endpoint
from accounts.models import OperatorKey
from orders.adminapi import acting, filters, members
from orders.ending import statuses
from orders.handwork import stopping
from orders.models import Order, Status
from orders.sending import deciding as doubts

Scope = OperatorKey.Scope
_SETTABLE = {status.value: status for status in statuses.SETTABLE}


@endpoint("GET", scope=Scope.ORDERS_READ, permission="orders.view_order")
def order_list(call: Call) -> dict[str, object]:
    page = lists.page(call.fields)
    orders, sieve = filters.asked_for(
        call.fields, may_name_providers=call.may(members.SEEING_PROVIDERS)
    )
    found = page.of(orders, sieve=sieve)
    return found.members(members.members_of(found.rows, call))


@endpoint("GET", scope=Scope.ORDERS_READ, permission="orders.view_order")
def order_detail(call: Call, order_id: int) -> dict[str, Any]:
    found = Order.objects.filter(pk=order_id).first()
    if found is None:
        raise Refusal(Code.NOT_FOUND, _("There is no such order."))
    (shown,) = members.members_of([found], call)
    email = found.customer.email if call.may_know_people else None
    return {**shown, "user_email": email}


@endpoint("POST", scope=Scope.ORDERS_WRITE, permission=statuses.SETTING)
def order_change_status(call: Call) -> dict[str, object]:
    """completed, partial or canceled; with partial, `remains` for all of them."""
    to = call.fields.choice("status", _SETTABLE)
    if to is None:
        raise invalid("status", _("one of: %(words)s") % {"words": ", ".join(_SETTABLE)})
    remains = call.fields.whole("remains")
    return _each(call, lambda number: acting.set_status(call, number, to, remains))


@endpoint("POST", scope=Scope.ORDERS_WRITE, permission=statuses.SETTING)
def order_set_partial(call: Call, order_id: int) -> dict[str, Any]:
    remains = call.fields.required("remains", call.fields.whole)
    done = acting.about(
        order_id, lambda number: acting.set_status(call, number, Status.PARTIAL, remains)
    )
    return {"id": order_id, **done}


@endpoint("POST", scope=Scope.ORDERS_WRITE, permission=statuses.SETTING)
def order_cancel(call: Call) -> dict[str, object]:
    """Cancels, and every cent goes back."""
    return _each(call, lambda number: acting.set_status(call, number, Status.CANCELED, None))


@endpoint("POST", scope=Scope.ORDERS_WRITE, permission=doubts.PERMISSION)
def order_resend(call: Call) -> dict[str, object]:
    return _each(call, lambda number: acting.resend(call, number))


@endpoint("POST", scope=Scope.ORDERS_WRITE, permission="orders.decide_followup")
def order_request_cancel(call: Call) -> dict[str, object]:
    """Whoever carries it out is asked to stop; its reports say what comes back."""
    reason = acting.reason_of(call, most=200)

    def ask(number: int) -> dict[str, Any]:
        asked = stopping.ask_to_stop(order_id=number, reason=reason, actor=acting.actor_of(call))
        return {"result": "asked", "request": asked.pk}

    return _each(call, ask)


@endpoint("POST", scope=Scope.ORDERS_WRITE, permission="orders.view_order")
def order_edit_link(call: Call, order_id: int) -> dict[str, object]:
    """Other panels let an operator change what a customer has ordered; here nobody does."""
    words = _("Parameters of a placed order never change: cancel it, and order anew.")
    raise Refusal(Code.CONFLICT, words)


def _each(call: Call, act: lists.Act) -> dict[str, object]:
    ids = call.fields.required("ids", call.fields.numbers)
    return lists.each(ids, lambda number: acting.about(number, act))
