"""What customers may order, what it promises, and how fast it was of late."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from services.models.providers import ProviderService
from services.models.shelves import Category, QualityLabel
from services.types import ServiceType


class ServiceQuerySet(models.QuerySet["Service"]):
    def listed(self) -> ServiceQuerySet:
        """What customers may order today, in the order of the catalogue."""
        return (
            self.filter(is_active=True)
            .select_related("category__platform", "pace", "quality")
            .order_by(
                "category__platform__position",
                "category__platform__name",
                "category__position",
                "category__name",
                "position",
                "id",
            )
        )

    def sold_in(self, country: str) -> ServiceQuerySet:
        """Without what is not sold to customers who are billed in this country (CAT-14). Who has
        not said where he is billed ("") sees everything: he is asked before he orders."""
        return self.exclude(blocked_countries__contains=[country]) if country else self

    def priced_for(self, customer_id: int | None) -> ServiceQuerySet:
        """Reads `own_rate_micros` along: this customer's own price per 1000, or None where the
        list price holds. The same function proves it when the order is placed."""
        if customer_id is None:
            nobody = Value(None, output_field=models.BigIntegerField(null=True))
            return self.annotate(read_own_rate_micros=nobody)
        own = Func(
            Value(customer_id, output_field=models.BigIntegerField()),
            F("pk"),
            function="services_own_rate",
            output_field=models.BigIntegerField(null=True),
        )
        return self.annotate(read_own_rate_micros=own)


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

    class PricedBy(models.TextChoices):
        HAND = "hand", _("by hand")
        RULE = "rule", _("by the price rules")

    class OffReason(models.TextChoices):
        """Why the panel, and not a person, took it off sale."""

        COST = "cost", _("its cost rose above the limit")
        GONE = "gone", _("its provider no longer offers it")
        CHANGED = "changed", _("its provider changed its kind or limits")

    class Tier(models.TextChoices):
        """How soon it is delivered; the hours stand in the terms (`sla.windows`)."""

        NONE = "", _("no window")
        STANDARD = "standard", _("Standard")
        PREMIUM = "premium", _("Premium")
        CUSTOM = "custom", _("Custom: as described")
        BULK = "bulk", _("Bulk: extra time")

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
    quality = models.ForeignKey(
        QualityLabel,
        on_delete=models.PROTECT,
        related_name="services",
        null=True,
        blank=True,
        verbose_name=_("quality label"),
    )
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
    # Set together with `is_active` False when the panel did it; empty when a person did.
    off_reason = models.CharField(
        _("taken off sale because"), max_length=8, choices=OffReason, blank=True
    )
    priced_by = models.CharField(_("priced"), max_length=4, choices=PricedBy, default=PricedBy.HAND)
    # What it costs the house per 1000 in millionths of a dollar, by the latest rate; unknown: None.
    floor_micros = models.BigIntegerField(_("cost in dollars"), null=True, editable=False)
    # The cost in dollars that a person accepted last: a rise is measured from there.
    accepted_micros = models.BigIntegerField(_("accepted cost"), null=True, editable=False)
    tier = models.CharField(_("tier"), max_length=8, choices=Tier, default=Tier.NONE, blank=True)
    # ISO 3166 codes of billing countries in which it is not sold.
    blocked_countries = ArrayField(
        models.CharField(max_length=2), verbose_name=_("not sold in"), default=list, blank=True
    )
    # It names a promotion and claims nothing: what a price was before, nobody can check here.
    promo_label = models.CharField(
        _("promotion label"),
        max_length=30,
        blank=True,
        validators=[
            RegexValidator(
                r"\A[^0-9%$€£¥]*\Z",
                _("A label names a promotion; it has no numbers, percents or prices in it."),
            )
        ],
    )
    promo_until = models.DateField(_("label shown until"), null=True, blank=True)
    is_free = models.BooleanField(_("free of charge"), default=False)
    can_refill = models.BooleanField(_("refill"), default=False)
    refill_days = models.PositiveSmallIntegerField(_("refill days"), default=0)
    can_cancel = models.BooleanField(_("cancel"), default=False)
    # Whether what was not delivered is given back when its customer stops it after the start.
    can_partial = models.BooleanField(_("partial refund"), default=True)
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
                name="services_service_promotion_ends",
                condition=Q(promo_label="") | Q(promo_until__isnull=False),
                violation_error_message=_("A promotion label needs the day on which it ends."),
            ),
            models.CheckConstraint(
                name="services_service_priced_or_free",
                condition=Q(rate_micros__gt=0) | Q(is_free=True, rate_micros=0),
                violation_error_message=_("Set a price above zero, or zero and “free of charge”."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"

    def clean(self) -> None:
        """An operator may promise less than the provider does, never more (CAT-06)."""
        missing = _("The provider's service does not have it: it cannot be promised.")
        wrong = dict.fromkeys(self.beyond(self.provider_service), missing)
        if self.can_refill and not self.refill_days:
            wrong["refill_days"] = _("Say for how many days it is refilled.")
        if wrong:
            raise ValidationError(wrong)

    def beyond(self, offer: ProviderService | None) -> list[str]:
        """The promises of this service that an offer cannot keep, by their fields. A drip-feed that
        the panel runs needs nothing of a provider."""
        if offer is None:
            return []
        promised = {
            "can_refill": self.can_refill and not offer.can_refill,
            "can_cancel": self.can_cancel and not offer.can_cancel,
            "can_drip_feed": self.can_drip_feed
            and self.drip_feed_by == self.RunBy.PROVIDER
            and not offer.can_drip_feed,
        }
        return [name for name, is_beyond in promised.items() if is_beyond]

    @property
    def own_rate_micros(self) -> int | None:
        """This customer's own price per 1000, on rows that were read through `priced_for`."""
        found: int | None = vars(self)["read_own_rate_micros"]
        return found

    def is_sold_in(self, country: str) -> bool:
        """As `ServiceQuerySet.sold_in`, of a service that is read already."""
        return not country or country not in self.blocked_countries

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
            "can_partial": self.can_partial,
            "accepts_private_links": self.accepts_private_links,
            "quality": self.quality.name if self.quality else None,
            "quality_meaning": self.quality.meaning if self.quality else None,
            "tier": self.tier,
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
