from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from tickets.conversation import open_ticket
from tickets.models import Ticket


def open_one(customer: User, *, at: datetime | None = None, **fields: Any) -> Ticket:
    """A ticket that waits for staff, opened as a customer opens one."""
    defaults: dict[str, Any] = {
        "topic": Ticket.Topic.OTHER,
        "subject": "A question",
        "text": "How does it work?",
        "order": None,
    }
    return open_ticket(customer=customer, at=at or timezone.now(), **defaults | fields)


def newest_message(ticket: Ticket) -> int:
    return ticket.messages.order_by("-pk").values_list("pk", flat=True)[0]
