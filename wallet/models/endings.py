"""What customers were told about money that ends."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExpiryNotice(models.Model):
    """One mail's line: money of one root and bucket that ends on a day, told so many days before.
    Nothing expires of which its owner was not told (WAL-03)."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="expiry_notices"
    )
    # As the lots name it: the top-up ("deposit:5") or the cause of other money ("bonus:3").
    root = models.CharField(_("money of"), max_length=60)
    bucket = models.CharField(_("cash or bonus"), max_length=5)
    expires_on = models.DateField(_("expires"))
    days_before = models.PositiveSmallIntegerField(_("days before"))
    told_at = models.DateTimeField(_("told"), default=timezone.now)

    class Meta:
        verbose_name = _("notice of expiry")
        verbose_name_plural = _("notices of expiry")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "root", "bucket", "expires_on", "days_before"],
                name="wallet_expirynotice_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.root} {self.expires_on}"
