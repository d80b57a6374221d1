"""A customer reports that somebody else may be in his account (ACC-11).

The account is frozen, everything that opens it ends, and a ticket and a case are opened: all in
one transaction, so that nobody is locked out without staff knowing.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import freezing
from accounts.cases import raise_case
from accounts.models import Case, User
from legal.durations import Duration
from orders.webhooks import endpoints
from tickets import conversation
from tickets.models import Ticket

# The promise of the page, and the clock of the case.
ANSWER_WITHIN = Duration(4, "hours")


def report(*, customer: User, note: str, at: datetime, ip: str | None = None) -> Ticket:
    """Freeze the account and return the ticket about it; pressed again, the same ticket."""
    with transaction.atomic():
        is_new = freezing.freeze(user=customer, at=at, ip=ip)
        endpoints.pause_all(customer_id=customer.pk, at=at)
        if not is_new and (ticket := _earlier(customer)):
            return ticket
        ticket = conversation.open_urgent(
            customer=customer,
            topic=Ticket.Topic.OTHER,
            subject=_("My account is compromised"),
            text=note.strip() or _("Somebody else may have my password or one of my API keys."),
            at=at,
        )
        raise_case(
            kind=Case.Kind.COMPROMISED,
            key=f"user:{customer.pk}",
            detail=f"ticket {ticket.pk}",
            at=at,
            due_at=at + ANSWER_WITHIN.to_timedelta(),
        )
    return ticket


def _earlier(customer: User) -> Ticket | None:
    return Ticket.objects.filter(customer=customer, is_urgent=True).order_by("-pk").first()
