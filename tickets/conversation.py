"""What people do with a ticket, and what follows for its state.

A ticket waits for whoever did not write last; writing opens a closed one again. Every act holds
the ticket's row, so that state and thread cannot drift apart. Policy rows: TCK-02, TCK-03, ORD-16.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.acts import log_act
from accounts.models import User
from orders.models import Order
from tickets import notices, reviews
from tickets.models import Message, Ticket

HOURLY_MESSAGES = 30
# A form that was sent twice by a slow line is one message; saying the same again later is another.
REPEATED_WITHIN = timedelta(minutes=1)
ANSWERING = "tickets.answer_ticket"


class ForeignOrder(Exception):
    """The order is not the customer's own."""


class TooManyMessages(Exception):
    """The customer has used up the hour's messages."""

    def __init__(self, *, free_at: datetime) -> None:
        super().__init__(free_at)
        self.free_at = free_at


class WrittenMeanwhile(Exception):
    """Somebody wrote after what the member of staff had on the screen."""


class NotAnAgent(Exception):
    """The person does not answer tickets, or it is his own ticket."""


@transaction.atomic
def open_ticket(
    *, customer: User, topic: str, subject: str, text: str, order: Order | None, at: datetime
) -> Ticket:
    """Starts a conversation. Raises ForeignOrder (ORD-16), TooManyMessages."""
    if order is not None and order.customer_id != customer.pk:
        raise ForeignOrder
    _hold_customer(customer.pk)
    earlier = _same_words(author=customer, text=text, at=at)
    if same := earlier.filter(ticket__subject=subject).select_related("ticket").first():
        return same.ticket
    _check_allowance(customer, at=at)
    ticket = Ticket.objects.create(
        customer=customer,
        topic=topic,
        subject=subject,
        order=order,
        created_at=at,
        waiting_since=at,
    )
    ticket.messages.create(author=customer, is_from_staff=False, text=text, created_at=at)
    reviews.follow(ticket, by=customer, at=at)
    return ticket


@transaction.atomic
def begin(
    *,
    customer: User,
    by: User,
    topic: str,
    subject: str,
    text: str,
    order: Order | None,
    at: datetime,
    ip: str | None = None,
) -> Ticket:
    """Staff write first: the customer has the word, and gets the message by mail. A repetition
    within a minute is the same ticket. Raises ForeignOrder, NotAnAgent."""
    if order is not None and order.customer_id != customer.pk:
        raise ForeignOrder
    if by.pk == customer.pk or not by.has_perm(ANSWERING):
        raise NotAnAgent
    _hold_customer(customer.pk)
    earlier = _same_words(author=by, text=text, at=at).filter(ticket__customer=customer)
    if same := earlier.filter(ticket__subject=subject).select_related("ticket").first():
        return same.ticket
    ticket = Ticket.objects.create(
        customer=customer,
        topic=topic,
        subject=subject,
        order=order,
        assignee=by,
        state=Ticket.State.WAITING_FOR_CUSTOMER,
        created_at=at,
    )
    message = ticket.messages.create(author=by, is_from_staff=True, text=text, created_at=at)
    reviews.follow(ticket, by=by, at=at)
    log_act(actor=by, act="begin ticket", target=f"ticket:{ticket.pk}", ip=ip)
    notices.tell_customer(message)
    return ticket


@transaction.atomic
def open_urgent(*, customer: User, topic: str, subject: str, text: str, at: datetime) -> Ticket:
    """A conversation that comes before all others, however much was written this hour."""
    ticket = Ticket.objects.create(
        customer=customer,
        topic=topic,
        subject=subject,
        is_urgent=True,
        created_at=at,
        waiting_since=at,
    )
    ticket.messages.create(author=customer, is_from_staff=False, text=text, created_at=at)
    return ticket


@transaction.atomic
def reply(
    *, ticket_id: int, author: User, text: str, at: datetime, seen: int | None = None
) -> Message:
    """Adds a message of the customer or of staff, who take the ticket by answering it.

    `seen` is the newest message that the member of staff had on the screen: nobody answers past a
    colleague or the customer. Raises Ticket.DoesNotExist, NotAnAgent, TooManyMessages,
    WrittenMeanwhile.
    """
    ticket = _held(ticket_id)
    if same := _repeated(ticket, author=author, text=text, at=at):
        return same
    if author.pk == ticket.customer_id:
        return _reply_as_customer(ticket, author, text, at=at)
    _check_agent(ticket, author)
    _check_seen(ticket, seen)
    return _reply_as_staff(ticket, author, text, at=at)


@transaction.atomic
def close(*, ticket_id: int, by: User, at: datetime, seen: int | None = None) -> None:
    """Ends the conversation for now; a closed ticket stays as it is. Raises as `reply` does."""
    ticket = _held(ticket_id)
    if ticket.is_closed:
        return
    if by.pk != ticket.customer_id:
        _check_agent(ticket, by)
        _check_seen(ticket, seen)
        log_act(actor=by, act="close ticket", target=f"ticket:{ticket.pk}")
    ticket.follow_closing(at=at)
    ticket.save(update_fields=["state", "waiting_since", "closed_at"])
    reviews.follow(ticket, by=by, at=at)


@transaction.atomic
def assign(*, ticket_id: int, assignee: User | None, by: User) -> None:
    """Hands the ticket to an agent or to nobody. Raises Ticket.DoesNotExist, NotAnAgent."""
    ticket = _held(ticket_id)
    _check_agent(ticket, by)
    if assignee is not None:
        _check_agent(ticket, assignee)
    if ticket.assignee_id == (assignee and assignee.pk):
        return
    _assign(ticket, assignee, by=by)


def _held(ticket_id: int) -> Ticket:
    return Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)


def _hold_customer(customer_id: int) -> None:
    """One customer's messages come one after another, so that the allowance is exact."""
    User.objects.select_for_update(no_key=True).get(pk=customer_id)


def _reply_as_customer(ticket: Ticket, author: User, text: str, *, at: datetime) -> Message:
    _hold_customer(author.pk)
    _check_allowance(author, at=at)
    message = ticket.messages.create(author=author, is_from_staff=False, text=text, created_at=at)
    ticket.follow_customer(at=at)
    ticket.save(update_fields=["state", "waiting_since", "closed_at"])
    reviews.follow(ticket, by=author, at=at)
    return message


def _reply_as_staff(ticket: Ticket, author: User, text: str, *, at: datetime) -> Message:
    message = ticket.messages.create(author=author, is_from_staff=True, text=text, created_at=at)
    if ticket.assignee_id is None:
        _assign(ticket, author, by=author)
    ticket.follow_staff()
    ticket.save(update_fields=["state", "waiting_since", "closed_at"])
    reviews.follow(ticket, by=author, at=at)
    log_act(actor=author, act="answer ticket", target=f"ticket:{ticket.pk}")
    notices.tell_customer(message)
    return message


def _assign(ticket: Ticket, assignee: User | None, *, by: User) -> None:
    changes = {"assignee": [ticket.assignee_id, assignee and assignee.pk]}
    ticket.assignee = assignee
    ticket.save(update_fields=["assignee"])
    log_act(actor=by, act="assign ticket", target=f"ticket:{ticket.pk}", changes=changes)


def _same_words(*, author: User, text: str, at: datetime) -> QuerySet[Message]:
    return Message.objects.filter(author=author, text=text, created_at__gt=at - REPEATED_WITHIN)


def _repeated(ticket: Ticket, *, author: User, text: str, at: datetime) -> Message | None:
    """The newest message, if it is this one: a second press, not a second "yes"."""
    newest = ticket.messages.order_by("-pk").first()
    same = _same_words(author=author, text=text, at=at)
    if ticket.is_closed or newest is None or not same.filter(pk=newest.pk).exists():
        return None
    return newest


def _check_allowance(customer: User, *, at: datetime) -> None:
    hour = timedelta(hours=1)
    written = Message.objects.filter(
        author=customer, is_from_staff=False, created_at__gt=at - hour
    ).order_by("-created_at")
    times = list(written.values_list("created_at", flat=True)[:HOURLY_MESSAGES])
    if len(times) == HOURLY_MESSAGES:
        raise TooManyMessages(free_at=times[-1] + hour)


def _check_agent(ticket: Ticket, person: User) -> None:
    if person.pk == ticket.customer_id or not person.has_perm(ANSWERING):
        raise NotAnAgent


def _check_seen(ticket: Ticket, seen: int | None) -> None:
    if seen is not None and ticket.messages.filter(pk__gt=seen).exists():
        raise WrittenMeanwhile
