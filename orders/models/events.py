"""The story of an order, append-only: written by `orders.lifecycle.record` and by place_orders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class OrderEvent(models.Model):
    """One line of an order's story, append-only; `detail` holds the numbers that the words need."""

    class Kind(models.TextChoices):
        PLACED = "placed", _("Placed")
        STATUS = "status", _("Status changed")
        PROGRESS = "progress", _("Progress")
        REFUNDED = "refunded", _("Refunded")
        FLAGGED = "flagged", _("Flagged for staff")
        # What was asked for after the order, and what became of it.
        FOLLOW_UP = "follow_up", _("Request")
        CLAIM = "claim", _("Claim")
        REVIEW = "review", _("Review by support")
        # What an order that goes on by itself did beyond its status.
        PLAN = "plan", _("Plan")

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
        indexes = [
            models.Index(fields=["at"], name="orders_event_flags", condition=Q(kind="flagged"))
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
