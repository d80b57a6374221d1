"""Mails about tickets. They hold what the customer may read anyway, and nobody's name."""

from django.conf import settings

from accounts import mail
from tickets.models import Message


def tell_customer(answer: Message) -> None:
    """Writes the mail for an answer of staff: one per message, sent later with the outbox."""
    ticket = answer.ticket
    mail.enqueue(
        key=f"ticket-message:{answer.pk}",
        recipient=ticket.customer.email,
        template="ticket_answered",
        context={
            "number": ticket.pk,
            "subject": ticket.subject,
            "answer": answer.text,
            "url": settings.SITE_URL.rstrip("/") + ticket.get_absolute_url(),
        },
    )
