"""What is worked out of the transfers and kept, because asking again would be slow.

Nothing here is a source: every row can be deleted and is made anew from the books.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wallet.models.books import AccountKind


class LotSnapshot(models.Model):
    """A customer's holdings after one transfer, as `wallet.lots.holdings` writes them."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="lot_snapshot"
    )
    last_id = models.BigIntegerField()
    state = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("lot snapshot")
        verbose_name_plural = _("lot snapshots")

    def __str__(self) -> str:
        return f"lots of {self.customer_id} after {self.last_id}"


class DailyTotal(models.Model):
    """What one kind of account moved on one day (UTC); the customers' accounts of a kind in one."""

    on = models.DateField()
    kind = models.CharField(max_length=20, choices=AccountKind)
    label = models.CharField(max_length=20, blank=True)
    debits_micros = models.BigIntegerField()
    credits_micros = models.BigIntegerField()

    class Meta:
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")
        constraints = [
            models.UniqueConstraint(fields=["on", "kind", "label"], name="wallet_dailytotal_once")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.kind} {self.label}"
