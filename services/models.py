from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField
from services.types import ServiceType


class Platform(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="categories")
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["platform__position", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "name"], name="services_category_unique")
        ]

    def __str__(self) -> str:
        return f"{self.platform} · {self.name}"


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
    name = models.CharField(_("name"), max_length=300)
    cost_micros = models.BigIntegerField(_("cost per 1000"))
    min_quantity = models.PositiveIntegerField(_("minimum"))
    max_quantity = models.PositiveIntegerField(_("maximum"))
    can_refill = models.BooleanField(_("refill"), default=False)
    can_cancel = models.BooleanField(_("cancel"), default=False)

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


class ServiceQuerySet(models.QuerySet["Service"]):
    def listed(self) -> ServiceQuerySet:
        """What customers may order today, in the order of the catalogue."""
        return (
            self.filter(is_active=True)
            .select_related("category__platform", "pace")
            .order_by(
                "category__platform__position",
                "category__platform__name",
                "category__position",
                "category__name",
                "position",
                "id",
            )
        )

    def priced_for(self, customer_id: int | None) -> ServiceQuerySet:
        """Reads `own_rate_micros` along: this customer's own price per 1000, or None."""
        own = CustomPrice.objects.filter(customer_id=customer_id, service_id=OuterRef("pk"))
        return self.annotate(read_own_rate_micros=Subquery(own.values("rate_micros")[:1]))


class Service(models.Model):
    """What customers order. `revision` is raised by a trigger whenever price, limits or
    availability change, so that an order can prove that it saw today's terms (CAT-02)."""

    class Delivery(models.TextChoices):
        AUTOMATED = "automated", _("Automated accounts: numbers only, no genuine interest")
        INCENTIVISED = "incentivised", _("People who are rewarded for it, no genuine interest")
        MIXED = "mixed", _("A mix of automated and rewarded accounts")

    class RunBy(models.TextChoices):
        PANEL = "panel", _("this panel")
        PROVIDER = "provider", _("the provider")

    class BelowCost(models.TextChoices):
        """What happens to an order whose price is less than the provider's cost."""

        REFUSE = "refuse", _("refuse the order")
        WARN = "warn", _("take it and tell staff")
        ALLOW = "allow", _("take it")

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="services")
    provider_service = models.ForeignKey(
        ProviderService, on_delete=models.PROTECT, related_name="services", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    type = models.CharField(
        _("type"), max_length=32, choices=ServiceType, default=ServiceType.DEFAULT
    )
    delivery = models.CharField(_("what is delivered"), max_length=16, choices=Delivery)
    rate_micros = models.BigIntegerField(_("price per 1000"))
    min_quantity = models.PositiveIntegerField(_("minimum"))
    max_quantity = models.PositiveIntegerField(_("maximum"))
    average_minutes = models.PositiveIntegerField(_("usual time in minutes"), null=True, blank=True)
    link_example = models.CharField(_("example of a link"), max_length=200, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)
    is_free = models.BooleanField(_("free of charge"), default=False)
    can_refill = models.BooleanField(_("refill"), default=False)
    refill_days = models.PositiveSmallIntegerField(_("refill days"), default=0)
    can_cancel = models.BooleanField(_("cancel"), default=False)
    can_drip_feed = models.BooleanField(_("drip-feed"), default=False)
    drip_feed_by = models.CharField(
        _("drip-feed run by"), max_length=8, choices=RunBy, default=RunBy.PANEL
    )
    accepts_private_links = models.BooleanField(_("private targets, too"), default=False)
    below_cost = models.CharField(
        _("below cost"), max_length=6, choices=BelowCost, default=BelowCost.REFUSE
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    revision = models.BigIntegerField(_("revision"), default=1, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.CheckConstraint(
                name="services_service_limits",
                condition=Q(min_quantity__gte=1, max_quantity__gte=F("min_quantity")),
                violation_error_message=_(
                    "The minimum is at least 1 and the maximum not below it."
                ),
            ),
            models.CheckConstraint(
                name="services_service_on_sale_has_provider",
                condition=Q(is_active=False) | Q(provider_service__isnull=False),
                violation_error_message=_("A service on sale needs a provider's service."),
            ),
            models.CheckConstraint(
                name="services_service_priced_or_free",
                condition=Q(rate_micros__gt=0) | Q(is_free=True, rate_micros=0),
                violation_error_message=_("Set a price above zero, or zero and “free of charge”."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"

    @property
    def own_rate_micros(self) -> int | None:
        """This customer's own price per 1000, on rows that were read through `priced_for`."""
        found: int | None = vars(self)["read_own_rate_micros"]
        return found

    def snapshot(self) -> dict[str, object]:
        """The service as the customer saw it, kept on the order (CAT-03)."""
        return {
            "name": self.name,
            "description": self.description,
            "type": self.type,
            "delivery": self.delivery,
            "rate_micros": self.rate_micros,
            "min_quantity": self.min_quantity,
            "max_quantity": self.max_quantity,
            "average_minutes": self.average_minutes,
            "can_refill": self.can_refill,
            "refill_days": self.refill_days,
            "can_cancel": self.can_cancel,
            "can_drip_feed": self.can_drip_feed,
            "drip_feed_by": self.drip_feed_by,
            "accepts_private_links": self.accepts_private_links,
        }


class Alternative(models.Model):
    """Where a service's orders go when the providers before it refuse them for certain."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="alternatives")
    provider_service = models.ForeignKey(
        ProviderService, on_delete=models.PROTECT, related_name="alternatives"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        verbose_name = _("alternative provider's service")
        verbose_name_plural = _("alternative providers' services")
        ordering = ["service", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "provider_service"], name="services_alternative_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id} by {self.provider_service_id}"


class Pace(models.Model):
    """How fast a service was of late: written by `orders`, which knows; read by every page.

    Minutes from acceptance to the first count, and per 1000 delivered, over the last ten orders
    that were completed; of the last fifty that ended, how many were."""

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="pace")
    orders = models.PositiveSmallIntegerField(_("orders measured"))
    start_minutes_low = models.PositiveIntegerField()
    start_minutes_high = models.PositiveIntegerField()
    minutes_per_1000_low = models.PositiveIntegerField()
    minutes_per_1000_high = models.PositiveIntegerField()
    ended = models.PositiveSmallIntegerField(_("orders ended"))
    completed = models.PositiveSmallIntegerField(_("of them completed"))
    measured_at = models.DateTimeField(_("measured"))

    class Meta:
        verbose_name = _("pace of a service")
        verbose_name_plural = _("paces of services")

    def __str__(self) -> str:
        return f"pace of service {self.service_id}"


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


class CustomPrice(models.Model):
    """A price of a customer's own for one service, instead of the list price."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="custom_prices"
    )
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="custom_prices")
    rate_micros = models.BigIntegerField(_("price per 1000"))

    class Meta:
        verbose_name = _("custom price")
        verbose_name_plural = _("custom prices")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "service"], name="services_customprice_unique"
            ),
            models.CheckConstraint(
                name="services_customprice_positive",
                condition=Q(rate_micros__gt=0),
                violation_error_message=_("Set a price above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} for {self.customer_id}"
