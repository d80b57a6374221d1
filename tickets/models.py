from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user_id: int | None) -> TicketQuerySet:
        return self.filter(customer_id=user_id)

    def inbox(self) -> TicketQuerySet:
        """What waits for staff, longest wait first."""
        return self.filter(state=Ticket.State.WAITING_FOR_STAFF).order_by("waiting_since", "id")


class Ticket(models.Model):
    """A conversation between a customer and the staff, perhaps about one order."""

    class State(models.TextChoices):
        WAITING_FOR_STAFF = "waiting_for_staff", _("Waiting for support")
        WAITING_FOR_CUSTOMER = "waiting_for_customer", _("Answered")
        CLOSED = "closed", _("Closed")

    class Topic(models.TextChoices):
        ORDER = "order", _("An order")
        PAYMENT = "payment", _("A payment")
        API = "api", _("The API")
        PRIVACY = "privacy", _("Privacy")
        OTHER = "other", _("Something else")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets"
    )
    topic = models.CharField(_("topic"), max_length=12, choices=Topic)
    subject = models.CharField(_("subject"), max_length=120)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="tickets", null=True, blank=True
    )
    state = models.CharField(
        _("state"), max_length=24, choices=State, default=State.WAITING_FOR_STAFF
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assigned_tickets",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("opened"))
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            models.Index(fields=["customer", "-id"], name="tickets_ticket_customer"),
            models.Index(
                fields=["waiting_since"],
                name="tickets_ticket_inbox",
                condition=Q(state="waiting_for_staff"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="tickets_ticket_waits_since",
                condition=Q(state="waiting_for_staff", waiting_since__isnull=False)
                | (~Q(state="waiting_for_staff") & Q(waiting_since__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"ticket {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket_detail", args=[self.pk])


class Message(models.Model):
    """One contribution to a ticket, kept exactly as it was written."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_from_staff = models.BooleanField(_("from staff"))
    text = models.TextField(_("message"))
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"message {self.pk} of ticket {self.ticket_id}"
