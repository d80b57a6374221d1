"""What a customer asked us: read by the evidence in a dispute through
settings.EVIDENCE_TICKETS_OF. Only the outside of a conversation, never its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Asked:
    """One ticket: its number, when it came, about which order, how many messages, its subject."""

    number: int
    opened_at: datetime
    order_id: int | None
    messages: int
    subject: str


def asked_by(*, customer_id: int) -> list[Asked]:
    """Every ticket of a customer, the oldest first."""
    mine = Ticket.objects.visible_to(customer_id).annotate(count=Count("messages"))
    rows = mine.order_by("pk").values_list("pk", "created_at", "order_id", "count", "subject")
    return [Asked(*row) for row in rows]
