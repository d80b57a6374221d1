"""When an order is asked about: a narrow row for each order that a provider has, because every
check writes it. The order's own row is wide and in many indexes: it is written when there is news.

The database makes it when the provider's number is written down and keeps it for ever; the time of
the next check is only taken out when no report can change the order any more, which is guarded as
well (orders/sql/guard_clocks.sql). Rules: docs/following.md, "How often".
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ClockQuerySet(models.QuerySet["Clock"]):
    def due(self, *, at: datetime) -> ClockQuerySet:
        return self.filter(next_at__lte=at)


class Clock(models.Model):
    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, primary_key=True, related_name="clock"
    )
    # Whom a call asks, and by which number: the order's own, taken over by the database.
    provider = models.ForeignKey(
        "services.Provider", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    external_id = models.CharField(_("number at the provider"), max_length=64)
    # None of our own work, too: there is nobody to ask.
    next_at = models.DateTimeField(_("next check"), null=True, blank=True)
    checked_at = models.DateTimeField(_("last readable check"), null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock of an order")
        verbose_name_plural = _("clocks of orders")
        indexes = [
            models.Index(
                fields=["provider", "next_at"],
                name="orders_clock_due",
                condition=Q(next_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"clock of order {self.pk}"
