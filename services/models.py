from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField
from services.types import OFFERED_FEATURES, ON_SALE, Feature, ServiceType


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
            .select_related("category__platform")
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
                name="services_service_type_on_sale",
                condition=Q(is_active=False) | Q(type__in=[kind.value for kind in ON_SALE]),
                violation_error_message=_(
                    "Services of this type cannot be sold yet: take it off sale."
                ),
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

    @property
    def offers_refill(self) -> bool:
        """Whether buyers can ask for a refill here; `can_refill` is what the provider takes."""
        return self.can_refill and Feature.REFILL in OFFERED_FEATURES

    @property
    def offers_cancel(self) -> bool:
        """Whether buyers can ask here that an order be stopped after it was sent."""
        return self.can_cancel and Feature.CANCEL in OFFERED_FEATURES

    @property
    def offers_drip_feed(self) -> bool:
        """Whether an order can be split into runs here."""
        return self.can_drip_feed and Feature.DRIP_FEED in OFFERED_FEATURES

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
        }


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
