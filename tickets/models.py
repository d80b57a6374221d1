from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wallet.money import InvalidAmount, parse_whole


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user_id: int | None) -> TicketQuerySet:
        return self.filter(customer_id=user_id)

    def open(self) -> TicketQuerySet:
        return self.filter(closed_at=None)

    def closed(self) -> TicketQuerySet:
        return self.filter(closed_at__isnull=False)

    def with_people(self) -> TicketQuerySet:
        return self.select_related("customer", "assignee")

    def with_last_message(self) -> TicketQuerySet:
        newest = Message.objects.filter(ticket=OuterRef("pk")).order_by("-id")
        return self.annotate(last_message_at=Subquery(newest.values("created_at")[:1]))

    def longest_wait_first(self) -> TicketQuerySet:
        """What waits for staff comes first, and of that what is urgent; the rest follows."""
        is_answered = ExpressionWrapper(Q(waiting_since=None), output_field=models.BooleanField())
        return self.order_by(is_answered, "-is_urgent", "waiting_since", "id")

    def newest_first(self, *, below: int | None) -> TicketQuerySet:
        """By number; `below` is the last number of the page before (no OFFSET)."""
        older = self if below is None else self.filter(pk__lt=below)
        return older.order_by("-id")

    def about(self, words: str) -> TicketQuerySet:
        """What a search for a ticket's or an order's number, or a part of an e-mail, finds."""
        try:
            number = parse_whole(words.removeprefix("#"))
        except InvalidAmount:
            return self.filter(customer__email__icontains=words)
        return self.filter(Q(pk=number) | Q(order_id=number))


class Ticket(models.Model):
    """A conversation between a customer and the staff, perhaps about one order."""

    class State(models.TextChoices):
        WAITING_FOR_STAFF = "waiting_for_staff", _("Waiting for support")
        WAITING_FOR_CUSTOMER = "waiting_for_customer", _("Answered")
        CLOSED = "closed", _("Closed")

    class Topic(models.TextChoices):
        ORDER = "order", _("An order")
        PLAN = "plan", _("Cancel a subscription or monthly order")
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
    # A request for money back is a ticket with a fixed subject (WDR-10).
    withdrawal = models.OneToOneField(
        "wallet.Withdrawal",
        on_delete=models.PROTECT,
        related_name="ticket",
        null=True,
        blank=True,
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
    # Answered before all others: somebody else may be in the customer's account (ACC-11).
    is_urgent = models.BooleanField(_("urgent"), default=False, db_default=False)
    created_at = models.DateTimeField(_("opened"))
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        permissions = [("answer_ticket", "Can answer tickets")]
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
            ),
            models.CheckConstraint(
                name="tickets_ticket_closed_at",
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="tickets_ticket_state_known",
                condition=Q(state__in=("waiting_for_staff", "waiting_for_customer", "closed")),
            ),
        ]

    def __str__(self) -> str:
        return f"ticket {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket_detail", args=[self.pk])

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def follow_customer(self, *, at: datetime) -> None:
        """The customer wrote. The oldest message without an answer sets how long he waits:
        writing again must not move anybody to the end of the queue."""
        self.state, self.closed_at = self.State.WAITING_FOR_STAFF, None
        self.waiting_since = self.waiting_since or at

    def follow_staff(self) -> None:
        """Staff answered: the clock stands still while the customer has the word (TCK-03)."""
        self.state, self.closed_at = self.State.WAITING_FOR_CUSTOMER, None
        self.waiting_since = None

    def follow_closing(self, *, at: datetime) -> None:
        self.state, self.closed_at = self.State.CLOSED, at
        self.waiting_since = None


class Message(models.Model):
    """One contribution to a ticket, kept exactly as it was written."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    # None where the panel has answered by itself.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    is_from_staff = models.BooleanField(_("from staff"))
    text = models.TextField(_("message"))
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"message {self.pk} of ticket {self.ticket_id}"
