"""The acts of the pages, begun by a program: what a program leaves out is filled in here, and what
an act refuses becomes one id's own result."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.adminapi import lists
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.serving import Call
from orders.ending import statuses
from orders.ending.claim_rules import has_started
from orders.ending.proposals import LONGEST_NOTE, Actor, Outcome, Refused
from orders.ending.statuses import CancelReason, Wanted
from orders.models import Order, Status
from orders.sending import deciding as doubts
from orders.sending import rerouting, resolving
from orders.sending.rerouting import CannotReroute, Rerouting
from services.models import ProviderService

_CANCEL_REASONS = {reason.value: reason for reason in CancelReason}


def actor_of(call: Call) -> Actor:
    return Actor(by=call.by, at=call.at, ip=call.ip)


def reason_of(call: Call, *, most: int, least: int = 10) -> str:
    """Why, for the log and for a second person. Bots of the trade name no reason; then it says
    that, and who."""
    said = call.fields.text("reason", most=most)
    if said and len(said) < least:
        raise invalid("reason", _("at least %(least)s characters") % {"least": least})
    return said or _("By the Admin API, key %(key)s…") % {"key": call.key_prefix}


def about(order_id: int, act: lists.Act) -> dict[str, Any]:
    """The act's result; its refusals as the caller reads them."""
    try:
        return act(order_id)
    except Order.DoesNotExist:
        raise Refusal(Code.NOT_FOUND, _("There is no such order.")) from None
    except Refused as refusal:
        if refusal.field:
            raise invalid(refusal.field, refusal.message) from None
        raise Refusal(Code.CONFLICT, refusal.message) from None
    except (CannotReroute, doubts.CannotDecide) as refusal:
        raise Refusal(Code.CONFLICT, refusal.message) from None


def set_status(call: Call, order_id: int, to: Status, remains: int | None) -> dict[str, Any]:
    """As on the page: with the money that goes with it, or proposed to a second person."""
    order = Order.objects.get(pk=order_id)
    wanted = Wanted(
        to=to,
        note=reason_of(call, most=LONGEST_NOTE),
        seen_status=order.status,
        seen_micros=order.refunded_micros,
        remains=remains if to == Status.PARTIAL else None,
        cancel_reason=_cancel_reason(call, order) if to == Status.CANCELED else "",
    )
    proposal = statuses.set_status(order_id=order_id, wanted=wanted, actor=actor_of(call))
    if proposal.outcome == Outcome.WAITING:
        return {"result": "waiting_for_second_person", "proposal": proposal.pk}
    return {"result": "done", "status": to.value}


def _cancel_reason(call: Call, order: Order) -> str:
    """What the customer reads; without a word of the program's, only the plainest is assumed."""
    named = call.fields.choice("cancel_reason", _CANCEL_REASONS)
    if named is not None:
        return named.value
    if has_started(order):
        words = _("it has started: say one of %(words)s")
        raise invalid("cancel_reason", words % {"words": ", ".join(_CANCEL_REASONS)})
    return CancelReason.NOT_STARTED.value


def resend(call: Call, order_id: int) -> dict[str, Any]:
    """What provably nobody has goes out now. An uncertain one takes the caller's word that it never
    arrived, as on the page of decisions: the reason says how that was found out."""
    order = Order.objects.get(pk=order_id)
    if order.status == Status.UNCERTAIN:
        return _send_again(call, order)
    if order.offer_id is None:
        raise Refusal(Code.CONFLICT, _("No provider's service is left to try."))
    rerouting.change_offer(
        rerouting=Rerouting(
            order_id=order.pk,
            seen_offer_id=order.offer_id,
            offer_id=_offer(call) or order.offer_id,
            actor=call.by,
            reason=reason_of(call, most=doubts.LONGEST_REASON),
            at=call.at,
            ip=call.ip,
        )
    )
    return {"result": "queued"}


def _send_again(call: Call, order: Order) -> dict[str, Any]:
    attempt = call.fields.whole("attempt") or _attempt_in_doubt(order)
    found_out = call.fields.required("reason", call.fields.text)
    if not doubts.SHORTEST_REASON <= len(found_out) <= doubts.LONGEST_REASON:
        words = _("%(least)s to %(most)s characters: how you know that it never arrived")
        bounds = {"least": doubts.SHORTEST_REASON, "most": doubts.LONGEST_REASON}
        raise invalid("reason", words % bounds)
    resolving.not_created(
        decision=doubts.Decision(
            order_id=order.pk,
            submission_id=attempt,
            actor=call.by,
            reason=found_out,
            at=call.at,
            ip=call.ip,
        )
    )
    return {"result": "queued"}


def _attempt_in_doubt(order: Order) -> int:
    attempts = order.submissions.filter(state="uncertain").order_by("-pk")
    return attempts.values_list("pk", flat=True).first() or 0


def _offer(call: Call) -> int | None:
    """Another provider's service, by its number here."""
    number = call.fields.whole("offer")
    if number is not None and not ProviderService.objects.filter(pk=number).exists():
        raise Refusal(Code.NOT_FOUND, _("There is no such provider's service."))
    return number
