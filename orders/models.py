"""Orders and what was sent for them. Status is written by `orders.lifecycle` alone;
submissions by `orders.forwarding` and `orders.resolving`. Rules: docs/forwarding.md."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where an order is; the label is the word that customers read."""

    HELD = "held", _("Held for review")
    QUEUED = "queued", _("Pending")
    SUBMITTING = "submitting", _("Pending, being sent")
    UNCERTAIN = "uncertain", _("Pending, being confirmed")
    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In progress")
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    PARTIAL = "partial", _("Partial")
    CANCELED = "canceled", _("Canceled")


UNSENT = (Status.HELD, Status.QUEUED)
ACCEPTED = (Status.PENDING, Status.IN_PROGRESS, Status.PROCESSING)
RUNNING = (*UNSENT, Status.SUBMITTING, Status.UNCERTAIN, *ACCEPTED)
FINAL = (Status.COMPLETED, Status.PARTIAL, Status.CANCELED)


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user_id: int | None) -> OrderQuerySet:
        return self.filter(customer_id=user_id)

    def due_for_forwarding(self, *, at: datetime) -> OrderQuerySet:
        """Queued rows whose time has come, of active customers and providers that are running."""
        return self.filter(
            status=Status.QUEUED,
            not_before__lte=at,
            customer__is_active=True,
            service__provider_service__isnull=False,
            service__provider_service__provider__paused_at=None,
        )

    def fairly(self, *, most: int) -> OrderQuerySet:
        """At most this many per provider, oldest first: a long queue of one hides no other's."""
        place = Window(
            RowNumber(),
            partition_by=F("service__provider_service__provider"),
            order_by=("not_before", "pk"),
        )
        return self.annotate(place=place).filter(place__lte=most)

    def without_provider(self) -> OrderQuerySet:
        """Queued rows that nobody can send: the service lost its provider after the order."""
        return self.filter(status=Status.QUEUED, service__provider_service=None)

    def due_for_sync(self, *, at: datetime) -> OrderQuerySet:
        return self.filter(next_poll_at__lte=at, external_id__isnull=False)


class Order(models.Model):
    Status = Status

    class Channel(models.TextChoices):
        WEB = "web", _("Web")
        API = "api", _("API")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    service = models.ForeignKey("services.Service", on_delete=models.PROTECT, related_name="+")
    # The terms that govern this order for its whole life (LEG-03).
    publication = models.ForeignKey(
        "legal.Publication", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="runs", null=True, blank=True
    )
    channel = models.CharField(_("channel"), max_length=4, choices=Channel)
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)

    link = models.CharField(_("link"), max_length=2000)
    link_key = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(_("quantity"))
    parameters = models.JSONField(_("parameters"), default=dict)
    snapshot = models.JSONField(_("service as ordered"))
    rate_micros = models.BigIntegerField(_("price per 1000"))
    charge_micros = models.BigIntegerField(_("charge"))
    # What may have to come back so far, and what has: a refund is a target, not an event.
    due_micros = models.BigIntegerField(_("refund due"), default=0)
    refunded_micros = models.BigIntegerField(_("refunded"), default=0)
    duplicate_accepted = models.BooleanField(_("second order on a link accepted"), default=False)

    status = models.CharField(_("status"), max_length=12, choices=Status)
    not_before = models.DateTimeField(_("not sent before"))
    provider = models.ForeignKey(
        "services.Provider", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    external_id = models.CharField(
        _("number at the provider"), max_length=64, null=True, blank=True
    )
    start_count = models.BigIntegerField(_("start count"), null=True, blank=True)
    remains = models.BigIntegerField(_("remains"), null=True, blank=True)
    next_poll_at = models.DateTimeField(_("next check"), null=True, blank=True)
    poll_failures = models.PositiveSmallIntegerField(_("unreadable checks"), default=0)
    was_cut_short = models.BooleanField(_("was once partial or canceled"), default=False)

    created_at = models.DateTimeField(_("placed"))
    sent_at = models.DateTimeField(_("accepted by the provider"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("resolve_uncertain", "Can decide what became of an uncertain order"),
            ("cancel_without_refund", "Can cancel an order and keep its charge"),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="orders_order_customer"),
            models.Index(fields=["customer", "status", "-id"], name="orders_order_customer_status"),
            models.Index(
                fields=["not_before"], name="orders_order_queue", condition=Q(status="queued")
            ),
            models.Index(
                fields=["id"], name="orders_order_uncertain", condition=Q(status="uncertain")
            ),
            models.Index(
                fields=["provider", "next_poll_at"],
                name="orders_order_polls",
                condition=Q(next_poll_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_order_status_known",
                condition=Q(status__in=[status.value for status in Status]),
            ),
            models.CheckConstraint(
                name="orders_order_refund_within_charge",
                condition=Q(
                    charge_micros__gte=0,
                    refunded_micros__gte=0,
                    refunded_micros__lte=F("due_micros"),
                    due_micros__lte=F("charge_micros"),
                ),
            ),
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="orders_order_one_per_press"
            ),
            models.UniqueConstraint(
                fields=["provider", "external_id"], name="orders_order_upstream_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "service", "link_key"],
                name="orders_order_one_running_per_link",
                condition=Q(
                    status__in=[status.value for status in RUNNING],
                    parent__isnull=True,
                    duplicate_accepted=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("orders:order_detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """How the ledger names this order."""
        return f"order:{self.pk}"

    @property
    def net_charge_micros(self) -> int:
        """What the order costs now: the charge less what came back."""
        return self.charge_micros - self.refunded_micros

    @property
    def delivered(self) -> int | None:
        """Units that the provider says are done, never outside 0..quantity; None before it says."""
        if self.status == Status.COMPLETED:
            return self.quantity
        if self.remains is None:
            return None
        return max(0, min(self.quantity, self.quantity - self.remains))

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


class OrderEvent(models.Model):
    """One line of an order's story, append-only; `detail` holds the numbers that the words need."""

    class Kind(models.TextChoices):
        PLACED = "placed", _("Placed")
        STATUS = "status", _("Status changed")
        PROGRESS = "progress", _("Progress")
        REFUNDED = "refunded", _("Refunded")
        FLAGGED = "flagged", _("Flagged for staff")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    detail = models.JSONField(_("detail"), default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def in_flight(self, *, provider_id: int) -> SubmissionQuerySet:
        return self.filter(state=Submission.State.SUBMITTING, provider_id=provider_id)

    def expired(self, *, at: datetime) -> SubmissionQuerySet:
        return self.filter(state=Submission.State.SUBMITTING, lease_until__lt=at)


class Submission(models.Model):
    """One attempt to give an order to a provider, written before the first byte leaves."""

    class State(models.TextChoices):
        SUBMITTING = "submitting", _("Being sent")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        NOT_SENT = "not_sent", _("Provably not sent")
        UNCERTAIN = "uncertain", _("Outcome unknown")
        RESOLVED = "resolved", _("Decided by staff")

    # At most one of these may exist per order: the next attempt needs proof about the last one.
    LIVE = (State.SUBMITTING, State.ACCEPTED, State.UNCERTAIN)

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="submissions")
    provider = models.ForeignKey("services.Provider", on_delete=models.PROTECT, related_name="+")
    provider_service_id = models.CharField(_("service at the provider"), max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=State)
    request_hash = models.CharField(_("hash of the request"), max_length=64)
    lease_until = models.DateTimeField(_("lease until"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    excerpt = models.CharField(_("answer"), max_length=500, blank=True)
    candidate_id = models.CharField(_("number named in the answer"), max_length=300, blank=True)
    external_id = models.CharField(
        _("number at the provider"), max_length=64, null=True, blank=True
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="orders_submission_leases",
                condition=Q(state="submitting"),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                name="orders_submission_one_live",
                condition=Q(state__in=["submitting", "accepted", "uncertain"]),
            ),
            models.UniqueConstraint(
                fields=["provider", "external_id"], name="orders_submission_upstream_once"
            ),
        ]

    def __str__(self) -> str:
        return f"submission {self.pk} of order {self.order_id}"
