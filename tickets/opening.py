"""Opening what a checked form asks for, from a page or from a program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from tickets import conversation, plan_requests
from tickets.models import Ticket


def open_asked(*, customer: User, asked: Mapping[str, Any], at: datetime) -> Ticket:
    """`asked` is the cleaned data of a TicketForm. Raises TooManyMessages."""
    rest = dict(asked)
    plan = rest.pop("plan")
    if asked["topic"] != Ticket.Topic.PLAN:
        return conversation.open_ticket(customer=customer, at=at, **rest)
    return plan_requests.ask(
        customer=customer, plan=plan, subject=asked["subject"], text=asked["text"], at=at
    )
