"""A provider's price list against what we hold: a diff that somebody looks at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.providers import Provider, ProviderService
from services.models.shelves import Category


class Sync(models.Model):
    """One reading of a price list. It changes nothing before its lines are applied."""

    class State(models.TextChoices):
        READING = "reading", _("being read")
        OPEN = "open", _("to be looked at")
        APPLIED = "applied", _("applied")
        DISCARDED = "discarded", _("discarded")
        FAILED = "failed", _("failed")

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="syncs")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    # None: the panel itself, every day.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="syncs",
        null=True,
        blank=True,
    )
    began_at = models.DateTimeField(_("began"))
    # When a worker took it up: nobody else asks the provider for it.
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    offered = models.PositiveIntegerField(_("services in the list"), default=0)
    # Held services that are not in it for the first time: gone when the next list lacks them too.
    missing = models.PositiveIntegerField(_("missing for the first time"), default=0)
    # Why nothing of the whole list is applied without a person.
    warning = models.CharField(_("warning"), max_length=40, blank=True)
    # What was wrong with lines that are not offered: {"bad_rate": 3}.
    rejected = models.JSONField(_("lines not understood"), default=dict, blank=True)
    # Why nothing was changed, in a code of its own.
    failure = models.CharField(_("failure"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("reading of a price list")
        verbose_name_plural = _("readings of price lists")
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                name="services_sync_one_open",
                condition=models.Q(state__in=("reading", "open")),
            )
        ]

    def __str__(self) -> str:
        return f"sync {self.pk}"


class SyncLine(models.Model):
    """One difference, for one service of the provider."""

    class Kind(models.TextChoices):
        NEW = "new", _("new")
        GONE = "gone", _("gone")
        BACK = "back", _("back again")
        COST_UP = "cost_up", _("cost up")
        COST_DOWN = "cost_down", _("cost down")
        LIMITS = "limits", _("limits changed")
        FLAGS = "flags", _("refill, cancel or drip-feed changed")
        TYPE = "type", _("type changed")
        NAME = "name", _("name, category or description changed")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        APPLIED = "applied", _("applied")
        SKIPPED = "skipped", _("left as it was")

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    external_id = models.CharField(_("number at the provider"), max_length=64)
    # None for what is new.
    offer = models.ForeignKey(
        ProviderService, on_delete=models.CASCADE, related_name="sync_lines", null=True, blank=True
    )
    # The values that differ; of a new service all of them.
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    # Why nobody but a person may apply it; empty where nothing speaks against it.
    warning = models.CharField(_("warning"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("difference of a price list")
        verbose_name_plural = _("differences of price lists")
        indexes = [models.Index(fields=["sync", "kind", "id"], name="services_syncline_by_kind")]

    def __str__(self) -> str:
        return f"line {self.pk} of sync {self.sync_id}"


class CategoryMapping(models.Model):
    """Where the services of a provider's category go in our catalogue."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="mappings")
    raw_category = models.CharField(_("category at the provider"), max_length=500)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="mappings")

    class Meta:
        verbose_name = _("place of a provider's category")
        verbose_name_plural = _("places of providers' categories")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "raw_category"], name="services_categorymapping_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} to {self.category_id}"
