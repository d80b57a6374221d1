"""Tickets of REST v3: written by the rules of the pages, in the same conversation."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.http import QueryDict
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import parts
from accounts.models import User
from accounts.rest.describing import operation
from accounts.rest.handling import invalid
from accounts.rest.paging import newest_first, page_answer
from accounts.rest.problems import Problem, Refusal
from accounts.rest.views import RestView, paged
from tickets import conversation, refund_requests
from tickets.forms import ReplyForm, TicketForm
from tickets.models import Ticket
from tickets.opening import open_asked
from tickets.rest.shapes import (
    TicketAnswer,
    TicketAsked,
    TicketDetailAnswer,
    TicketMessageAnswer,
    TicketMessageAsked,
    TicketsAsked,
)

UNKNOWN_TICKET = Problem("unknown_ticket", 404, "You have no ticket of this number.")
TOO_MANY_MESSAGES = Problem(
    "too_many_messages", 429, "Wait as many seconds as Retry-After says before you write again."
)
REFUND_BY_PAGE = Problem(
    "refund_by_page", 409, "Ask for money back on the page of your wallet: it asks which payment."
)
PLAYED_KEY = Problem(
    "sandbox_key", 403, "People answer tickets: a sandbox key reads and writes none."
)
_OF_ALL = [PLAYED_KEY]
QUESTION = {"topic": "api", "subject": "A question", "text": "How do I order comments?"}
_OF_ONE = [PLAYED_KEY, UNKNOWN_TICKET]


class TicketsOfCaller(RestView):
    def initial(self, request: Request, *args: object, **named: object) -> None:
        super().initial(request, *args, **named)
        if self.caller.is_sandbox:
            raise Refusal(PLAYED_KEY)

    def own_ticket(self, ticket_id: int) -> Ticket:
        """Raises Refusal, the same for what is another's as for what is nobody's."""
        ticket = Ticket.objects.visible_to(self.customer_id).filter(pk=ticket_id).first()
        if ticket is None:
            raise Refusal(UNKNOWN_TICKET)
        return ticket

    def customer(self) -> User:
        return User.objects.get(pk=self.customer_id)


class TicketsView(TicketsOfCaller):
    @operation(
        "list_tickets",
        query=TicketsAsked,
        answers={200: page_answer(TicketAnswer)},
        refusals=_OF_ALL,
    )
    def get(self, request: Request) -> Response:
        """Your tickets, newest first."""
        mine = Ticket.objects.filter(customer=parts.person(self.customer_id))
        sieve = Q(state=self.query["status"]) if "status" in self.query else Q()
        page = newest_first(mine, of="tickets", asked=self.query, sieve=sieve)
        return paged(page, TicketAnswer)

    @operation(
        "open_ticket",
        asked=TicketAsked,
        answers={201: TicketDetailAnswer},
        refusals=[*_OF_ALL, REFUND_BY_PAGE, TOO_MANY_MESSAGES],
        examples=[OpenApiExample("A question", QUESTION, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Write to support.

        The same words sent twice within a minute are one ticket.
        """
        customer = self.customer()
        form = TicketForm(_as_typed(self.body), customer=customer)
        asked = _cleaned(form)
        if refund_requests.is_asked_for(customer=customer, subject=asked["subject"]):
            raise Refusal(REFUND_BY_PAGE)
        try:
            ticket = open_asked(customer=customer, asked=asked, at=self.at)
        except conversation.TooManyMessages as refusal:
            raise _later(refusal, at=self.at) from refusal
        return Response(TicketDetailAnswer(ticket).data, status=HTTPStatus.CREATED)


class TicketView(TicketsOfCaller):
    @operation("read_ticket", answers={200: TicketDetailAnswer}, refusals=_OF_ONE)
    def get(self, request: Request, ticket_id: int) -> Response:
        """One ticket with its messages."""
        return Response(TicketDetailAnswer(self.own_ticket(ticket_id)).data)


class MessagesView(TicketsOfCaller):
    @operation(
        "write_message",
        asked=TicketMessageAsked,
        answers={201: TicketMessageAnswer},
        refusals=[*_OF_ONE, TOO_MANY_MESSAGES],
        examples=[OpenApiExample("An answer", {"text": "Thank you."}, request_only=True)],
    )
    def post(self, request: Request, ticket_id: int) -> Response:
        """Write another message. A closed ticket is opened again."""
        ticket = self.own_ticket(ticket_id)
        text = _cleaned(ReplyForm(_as_typed(self.body)))["text"]
        try:
            message = conversation.reply(
                ticket_id=ticket.pk, author=self.customer(), text=text, at=self.at
            )
        except conversation.TooManyMessages as refusal:
            raise _later(refusal, at=self.at) from refusal
        return Response(TicketMessageAnswer(message).data, status=HTTPStatus.CREATED)


def _as_typed(asked: dict[str, object]) -> QueryDict:
    """What a form reads: the rules for people's forms are the rules here."""
    typed = QueryDict(mutable=True)
    for name, value in asked.items():
        typed[name] = str(value)
    return typed


def _cleaned(form: Form) -> dict[str, Any]:
    """Raises Refusal."""
    if form.is_valid():
        return form.cleaned_data
    raise invalid({name: [str(text) for text in texts] for name, texts in form.errors.items()})


def _later(refusal: conversation.TooManyMessages, *, at: datetime) -> Refusal:
    seconds = max(1, int((refusal.free_at - at).total_seconds()) + 1)
    return Refusal(TOO_MANY_MESSAGES, headers={"Retry-After": str(seconds)})
