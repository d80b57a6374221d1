"""Tickets: a list, their messages, and a conversation that staff begin with a customer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import parts
from accounts.adminapi import lists, people
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.serving import Call, endpoint
from accounts.models import OperatorKey
from orders.models import Order
from tickets import conversation
from tickets.models import Ticket

Scope = OperatorKey.Scope
LONGEST_SUBJECT, LONGEST_MESSAGE = 120, 10_000
MOST_MESSAGES = 1000
_STATES = {state.value: state for state in Ticket.State}
# What a program begins: requests for money have a page of their own.
_TOPICS = {topic.value: topic for topic in Ticket.Topic}


@endpoint("GET", scope=Scope.TICKETS_READ, permission="tickets.view_ticket")
def ticket_list(call: Call) -> dict[str, object]:
    page, tickets, sieve = lists.page(call.fields), Ticket.objects.all(), Q()
    if user := people.named(call.fields):
        tickets = tickets.filter(customer=parts.person(user.pk))
    if state := call.fields.choice("status", _STATES):
        sieve &= Q(state=state)
    found = page.of(tickets, sieve=sieve)
    return found.members([_members(ticket) for ticket in found.rows])


@endpoint("GET", scope=Scope.TICKETS_READ, permission="tickets.view_message")
def ticket_messages(call: Call, ticket_id: int) -> dict[str, Any]:
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None:
        raise Refusal(Code.NOT_FOUND, _("There is no such ticket."))
    thread = ticket.messages.order_by("pk")[:MOST_MESSAGES]
    shown = [
        {
            "id": message.pk,
            "is_from_staff": message.is_from_staff,
            "text": message.text,
            "created_at": int(message.created_at.timestamp()),
        }
        for message in thread
    ]
    return {**_members(ticket), "messages": shown}


@endpoint("POST", scope=Scope.TICKETS_WRITE, permission=conversation.ANSWERING)
def ticket_add(call: Call) -> dict[str, Any]:
    """user, subject, message, and if it is about one the order: staff write first."""
    fields = call.fields
    user = fields.required("user", lambda name: people.named(fields, name))
    subject = fields.required("subject", lambda name: fields.text(name, most=LONGEST_SUBJECT))
    text = fields.required("message", lambda name: fields.text(name, most=LONGEST_MESSAGE))
    order = _order_of(call, customer_id=user.pk)
    usual = Ticket.Topic.ORDER if order else Ticket.Topic.OTHER
    try:
        ticket = conversation.begin(
            customer=user,
            by=call.by,
            topic=fields.choice("topic", _TOPICS) or usual,
            subject=subject,
            text=text,
            order=order,
            at=call.at,
            ip=call.ip,
        )
    except conversation.NotAnAgent:
        raise Refusal(Code.CONFLICT, _("This is your own account: a colleague writes.")) from None
    return _members(ticket)


def _order_of(call: Call, *, customer_id: int) -> Order | None:
    number = call.fields.whole("order")
    if number is None:
        return None
    order = Order.objects.visible_to(customer_id).filter(pk=number).first()
    if order is None:
        raise invalid("order", _("an order of this user"))
    return order


def _members(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.pk,
        "user": ticket.customer_id,
        "subject": ticket.subject,
        "topic": ticket.topic,
        "order_id": ticket.order_id,
        "status": ticket.state,
        "created_at": int(ticket.created_at.timestamp()),
        "waiting_since": int(ticket.waiting_since.timestamp()) if ticket.waiting_since else None,
    }
