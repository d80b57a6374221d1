"""Providers and what they offer."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField


class Provider(models.Model):
    """An upstream panel. Its key is encrypted at rest and never shown again in full."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    url = models.URLField(_("API address"), max_length=300)
    api_key = EncryptedTextField(_("API key"))
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    pause_reason = models.CharField(_("reason of the pause"), max_length=200, blank=True)
    # Whoever asks this provider for news holds this until then: one caller at a time.
    polling_until = models.DateTimeField(null=True, blank=True, editable=False)
    poll_failures = models.PositiveSmallIntegerField(_("failed checks"), default=0, editable=False)
    # What this provider says in other words than the trade: docs/providers.md.
    dialect_preset = models.CharField(_("dialect"), max_length=32, default="api_v2")
    dialect_changes = models.JSONField(_("changes to the dialect"), default=dict, blank=True)
    # Answers that this provider means as "no, and nothing was created", beyond the known texts.
    refusal_texts = models.JSONField(_("further refusal texts"), default=list, blank=True)
    # The lane: how many orders may be on their way to it at once, and how many leave in a minute.
    lane_width = models.PositiveSmallIntegerField(_("orders at once"), default=4)
    sends_per_minute = models.PositiveIntegerField(_("orders per minute"), null=True, blank=True)
    # The circuit breaker of the lane: nothing is tried until then.
    failures_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    tripped_until = models.DateTimeField(_("tried again from"), null=True, blank=True)
    # It says "Canceled" for what others call "Partial": the refund follows what remains.
    cancel_means_partial = models.BooleanField(_("“Canceled” may mean “Partial”"), default=False)
    # Its numbers are its own and without gaps, so that a scan of them shows what nobody ordered.
    scans_numbers = models.BooleanField(_("look for lost orders by number"), default=False)
    checks_balance = models.BooleanField(_("look for lost orders by balance"), default=False)
    # Its price list is read every day; what stays inside the limits is then applied by itself.
    is_synced_daily = models.BooleanField(_("read its prices every day"), default=True)
    applies_alone = models.BooleanField(_("apply small changes by itself"), default=True)
    # Hundredths of a percent: a cost that rises no more is re-priced without anybody's look.
    rise_limit_bp = models.PositiveIntegerField(_("rise applied by itself"), default=2000)
    synced_at = models.DateTimeField(_("price list read"), null=True, blank=True, editable=False)
    # Staff hear of it when our balance there lasts for fewer days than this.
    warns_below_days = models.PositiveSmallIntegerField(_("warn below days left"), default=3)
    # So many failures in a row make an outage. With more, staff would not hear within two minutes.
    alerts_after_failures = models.PositiveSmallIntegerField(
        _("alert after failures in a row"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
    )
    # Nobody upstream: staff or a program of ours carry its orders out (docs/admin-api.md).
    is_manual = models.BooleanField(_("own work"), default=False, db_default=False, editable=False)
    # What the panel paused it may resume by itself; what a person paused it never does.
    is_paused_by_panel = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None


class ProviderService(models.Model):
    """A service as a provider offers it, at the provider's own price."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="offers")
    external_id = models.CharField(_("number at the provider"), max_length=64)
    # As customers could read it, and as the provider wrote it.
    name = models.CharField(_("name"), max_length=300)
    raw_name = models.CharField(_("name at the provider"), max_length=500, blank=True)
    raw_category = models.CharField(_("category at the provider"), max_length=500, blank=True)
    raw_type = models.CharField(_("type at the provider"), max_length=100, blank=True)
    description = models.TextField(_("description at the provider"), blank=True)
    # In millionths of the provider's own currency.
    cost_micros = models.BigIntegerField(_("cost per 1000"))
    # A higher one that its price list names and nobody has accepted: no order goes below it.
    announced_cost_micros = models.BigIntegerField(_("cost announced"), null=True, editable=False)
    min_quantity = models.PositiveIntegerField(_("minimum"))
    max_quantity = models.PositiveIntegerField(_("maximum"))
    can_refill = models.BooleanField(_("refill"), default=False)
    can_cancel = models.BooleanField(_("cancel"), default=False)
    can_drip_feed = models.BooleanField(_("drip-feed"), default=False)
    # In how many price lists in a row it was missing, and since which: docs/price-lists.md.
    missed_lists = models.PositiveSmallIntegerField(_("lists without it"), default=0)
    missed_since = models.DateTimeField(_("missing since"), null=True, editable=False)
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider's service")
        verbose_name_plural = _("provider's services")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "external_id"], name="services_providerservice_unique"
            ),
            models.CheckConstraint(
                name="services_providerservice_sane",
                condition=Q(
                    cost_micros__gte=0, min_quantity__gte=1, max_quantity__gte=F("min_quantity")
                ),
                violation_error_message=_(
                    "The cost is zero or more, the minimum at least 1, the maximum not below it."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"

    @property
    def dearest_micros(self) -> int:
        """What it may cost by all that is known, per 1000 in the provider's currency."""
        return max(self.cost_micros, self.announced_cost_micros or 0)


class BalanceReading(models.Model):
    """What a provider said our balance there was; in millionths of its own currency."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="balances")
    amount_micros = models.BigIntegerField(_("balance"))
    currency = models.CharField(_("currency"), max_length=3)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("balance at a provider")
        verbose_name_plural = _("balances at providers")
        indexes = [models.Index(fields=["provider", "-read_at"], name="services_balance_newest")]

    def __str__(self) -> str:
        return f"balance at provider {self.provider_id}"


class CostChange(models.Model):
    """A cost that a provider changed: written by a trigger, whoever stores the new one."""

    offer = models.ForeignKey(ProviderService, on_delete=models.CASCADE, related_name="costs")
    old_micros = models.BigIntegerField(_("old cost per 1000"))
    new_micros = models.BigIntegerField(_("new cost per 1000"))
    at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("change of a cost")
        verbose_name_plural = _("changes of costs")
        indexes = [models.Index(fields=["offer", "-at"], name="services_cost_newest")]

    def __str__(self) -> str:
        return f"cost of offer {self.offer_id}"
