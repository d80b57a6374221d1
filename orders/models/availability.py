"""Whether the API answered, minute by minute (API-07). Rules: docs/availability.md."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiProbe(models.Model):
    """One call of the panel's own API. A minute without a row was not measured: nobody knows."""

    minute = models.DateTimeField(_("minute"), unique=True)
    is_up = models.BooleanField(_("answered"))
    took_ms = models.PositiveIntegerField(_("milliseconds"))
    # Why it counts as down; empty: it answered as it should.
    reason = models.CharField(_("reason"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("API probe")
        verbose_name_plural = _("API probes")

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {'up' if self.is_up else 'down'}"
