"""Canceling what goes on by itself is a ticket of a fixed type, answered at once (SUB-03).

The plan is `orders.plans`'; the ticket keeps that it was asked for, when, and until when it runs.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from orders.plans.running import CannotCancel, cancel_plan
from tickets import conversation, notices
from tickets.models import Ticket


@transaction.atomic
def ask(*, customer: User, plan: str, subject: str, text: str, at: datetime) -> Ticket:
    """Opens the ticket, cancels the plan and answers with what follows; the same press again
    returns the first ticket. What only a person can do waits for support, with the reason in the
    answer. Raises TooManyMessages."""
    ticket = conversation.open_ticket(
        customer=customer,
        topic=Ticket.Topic.PLAN,
        subject=subject,
        text=text,
        order=None,
        at=at,
    )
    if ticket.messages.filter(author=None).exists():
        return ticket
    try:
        with transaction.atomic():
            words = cancel_plan(customer_id=customer.pk, name=plan, at=at)
    except CannotCancel as refusal:
        _say(ticket, f"{refusal} {_('Support looks at it.')}", at=at)
        return ticket
    _say(ticket, words, at=at)
    ticket.follow_staff()
    ticket.save(update_fields=["state", "waiting_since", "closed_at"])
    return ticket


def _say(ticket: Ticket, words: str, *, at: datetime) -> None:
    answer = ticket.messages.create(author=None, is_from_staff=True, text=words, created_at=at)
    notices.tell_customer(answer)
