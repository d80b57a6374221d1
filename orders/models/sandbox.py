"""Orders that are only played, for programs under test: no money, no provider, never an Order.

Where one stands follows from the time alone (orders.sandbox.life). Rules: docs/sandbox.md.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.followups import FollowUp
from orders.models.states import Role

# Played orders and requests are numbered from here: no number of theirs looks like a real one.
FIRST_NUMBER = 900_000_001


class SandboxOrderQuerySet(models.QuerySet["SandboxOrder"]):
    def visible_to(self, user_id: int | None) -> SandboxOrderQuerySet:
        return self.filter(customer_id=user_id)

    def since(self, at: datetime) -> SandboxOrderQuerySet:
        return self.filter(created_at__gt=at)


class SandboxOrder(models.Model):
    """What was asked for and at which price; the columns mean what they mean of an Order."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    service = models.ForeignKey("services.Service", on_delete=models.CASCADE, related_name="+")
    publication = models.ForeignKey(
        "legal.Publication", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.SINGLE)
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)
    request_hash = models.CharField(max_length=64)
    link = models.CharField(_("link"), max_length=2000)
    link_key = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(_("quantity"))
    runs = models.PositiveIntegerField(_("runs"), null=True, blank=True)
    interval_minutes = models.PositiveIntegerField(_("minutes between runs"), null=True, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict)
    snapshot = models.JSONField(_("service as ordered"))
    rate_micros = models.BigIntegerField(_("price per 1000"))
    charge_micros = models.BigIntegerField(_("charge"))
    duplicate_accepted = models.BooleanField(_("second order on a link accepted"), default=False)
    # How its life goes: one of orders.sandbox.courses.
    course = models.CharField(_("course"), max_length=20)
    created_at = models.DateTimeField(_("placed"), db_index=True)

    objects = SandboxOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("sandbox order")
        verbose_name_plural = _("sandbox orders")
        indexes = [models.Index(fields=["customer", "-id"], name="orders_sandbox_customer")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="orders_sandbox_one_per_press"
            )
        ]

    def __str__(self) -> str:
        return f"sandbox order {self.pk}"


class SandboxRequest(models.Model):
    """A refill or a cancel of such an order, whose end is known when it is made."""

    order = models.ForeignKey(SandboxOrder, on_delete=models.CASCADE, related_name="requests")
    kind = models.CharField(_("kind"), max_length=8, choices=FollowUp.Kind)
    asked_at = models.DateTimeField(_("asked"))
    ends_at = models.DateTimeField(_("ends"))
    is_granted = models.BooleanField(_("granted"), default=True)
    # A cancel after the start of what was sold like that (CAT-06).
    gives_up_refund = models.BooleanField(_("without a refund"), default=False)

    class Meta:
        verbose_name = _("sandbox request")
        verbose_name_plural = _("sandbox requests")

    def __str__(self) -> str:
        return f"sandbox {self.kind} {self.pk}"
