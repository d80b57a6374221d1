"""Words and places that an order is held for (AUP-01). Rules: docs/placing.md, "Screening"."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BlockedTerm(models.Model):
    """An order that names it waits for staff; what it costs is held meanwhile."""

    class Kind(models.TextChoices):
        HOST = "host", _("Host and all below it")
        KEYWORD = "keyword", _("Word in the link or the texts")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    text = models.CharField(_("text"), max_length=200)
    note = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("blocked term")
        verbose_name_plural = _("blocked terms")
        ordering = ["kind", "text"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "text"], name="orders_blockedterm_unique")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"
