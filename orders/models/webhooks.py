"""Customers' own servers that are told of changes, and what is on its way to them. Messages are
written by the database itself (orders/sql/emit_webhooks.sql), delivered by `orders.webhooks`.
Rules: docs/webhooks.md."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField


class WebhookType(models.TextChoices):
    """What can be sent; the value is the `type` of the message."""

    ORDER_STATUS = "order.status_changed", _("The status of an order changes")
    ORDER_REFUNDED = "order.refunded", _("Money of an order comes back")
    ORDER_PROGRESS = "order.progressed", _("The counts of an order change (many messages)")
    REFILL_STATUS = "refill.status_changed", _("The status of a refill changes")
    CANCEL_STATUS = "cancel.status_changed", _("A request to cancel is answered")
    TEST = "webhook.test", _("Test")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def of(self, customer_id: int) -> WebhookEndpointQuerySet:
        return self.filter(customer_id=customer_id)

    def served(self) -> WebhookEndpointQuerySet:
        """Those that may be spoken to: of a suspended or frozen customer everything waits."""
        return self.filter(
            disabled_at=None, customer__is_active=True, customer__frozen_at__isnull=True
        )

    def open_lanes(self, *, at: datetime) -> WebhookEndpointQuerySet:
        """Served ones that nobody delivers to at the moment and that need no pause."""
        is_free = Q(lane_until=None) | Q(lane_until__lte=at)
        is_rested = Q(rests_until=None) | Q(rests_until__lte=at)
        return self.served().filter(is_free, is_rested)


class WebhookEndpoint(models.Model):
    """An address of a customer's own, with the secret that signs what is sent there."""

    class Disabled(models.TextChoices):
        PAUSED = "paused", _("Paused by you")
        FAILING = "failing", _("Failed for five days")
        GONE = "gone", _("Your server answered “410 Gone”")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="webhook_endpoints"
    )
    name = models.CharField(_("name"), max_length=60)
    url = models.CharField(_("address"), max_length=500)
    types = ArrayField(
        models.CharField(max_length=24, choices=WebhookType), verbose_name=_("tells of")
    )
    # Each with the number of its row inside (orders.webhooks.sealing). The older one signs too, so
    # that a receiver may change over at its own time.
    secret = EncryptedTextField(editable=False)
    old_secret = EncryptedTextField(editable=False, blank=True)
    old_secret_until = models.DateTimeField(_("old secret ends"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    disabled_as = models.CharField(_("why"), max_length=8, choices=Disabled, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    # One delivery at a time: who holds the lane, and how long it rests after failures in a row.
    lane_until = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    failures_in_a_row = models.PositiveIntegerField(default=0, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "url"], name="orders_webhook_each_address_once"
            )
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.disabled_at is None


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage"]):
    def waiting(self) -> WebhookMessageQuerySet:
        return self.filter(delivered_at=None, given_up_at=None)

    def due(self, *, at: datetime) -> WebhookMessageQuerySet:
        return self.waiting().filter(next_attempt_at__lte=at)

    def undelivered(self) -> WebhookMessageQuerySet:
        """What was tried, or given up, and has not arrived."""
        return self.filter(Q(attempts__gt=0) | Q(given_up_at__isnull=False), delivered_at=None)


class WebhookMessage(models.Model):
    """One event for one endpoint: the row is the queue. `facts` are the columns of the order as
    they were committed with the event; `orders.webhooks.wording` makes the message of them."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    type = models.CharField(_("type"), max_length=24, choices=WebhookType)
    # The number of the line in the order's story: it only grows. Empty for a test.
    sequence = models.BigIntegerField(_("sequence"), null=True)
    facts = models.JSONField(_("facts"), default=dict)
    occurred_at = models.DateTimeField(_("occurred"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)

    objects = WebhookMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message of a webhook")
        verbose_name_plural = _("messages of webhooks")
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                name="orders_webhook_due",
                condition=Q(delivered_at=None, given_up_at=None),
            ),
            models.Index(fields=["endpoint", "-id"], name="orders_webhook_log"),
            models.Index(fields=["occurred_at"], name="orders_webhook_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "sequence"], name="orders_webhook_once_per_event"
            )
        ]

    def __str__(self) -> str:
        return self.webhook_id

    @property
    def webhook_id(self) -> str:
        """The same on each attempt, so that a receiver can tell a repeat."""
        return f"msg_{self.pk}"


class WebhookAttempt(models.Model):
    """One try: `http_status` is None where no answer came, `error` a code for why."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="tries")
    http_status = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = models.CharField(_("error"), max_length=20, blank=True)
    took_ms = models.PositiveIntegerField(_("milliseconds"))
    excerpt = models.CharField(_("beginning of the answer"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("attempt of a webhook")
        verbose_name_plural = _("attempts of webhooks")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.http_status or self.error}"
