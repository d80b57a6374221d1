"""Who pays what: the rules that make list prices, and what changes them for a customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models.catalogue import Service
from services.models.providers import Provider
from services.models.shelves import Category, Platform

_SCOPES = ("provider", "platform", "category", "service")


def _at_most_one(*fields: str) -> Q:
    """Rows of which at most one of the keys is set."""
    none = Q(**{f"{field}__isnull": True for field in fields})
    for chosen in fields:
        others = {f"{field}__isnull": field != chosen for field in fields}
        none |= Q(**others)
    return none


class PriceRule(models.Model):
    """How a list price is made of the cost: cost + percent + fixed, rounded up, never below cost.

    It holds for everything, or for one provider, platform, category or service; of the rules that
    hold for a service the most specific one makes its price."""

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="rules", null=True, blank=True
    )
    platform = models.ForeignKey(
        Platform, on_delete=models.CASCADE, related_name="rules", null=True, blank=True
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="rules", null=True, blank=True
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="rules", null=True, blank=True
    )
    # Hundredths of a percent on top of the cost: 5000 is 50 %.
    percent_bp = models.IntegerField(_("percent"), default=0)
    fixed_micros = models.BigIntegerField(_("fixed part per 1000"), default=0)
    # Prices are rounded up to a whole multiple of this.
    step_micros = models.BigIntegerField(_("rounded up to"), default=100)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        constraints = [
            models.CheckConstraint(
                name="services_pricerule_one_scope",
                condition=_at_most_one(*_SCOPES),
                violation_error_message=_("Choose one of provider, platform, category, service."),
            ),
            models.UniqueConstraint(
                fields=_SCOPES,
                name="services_pricerule_unique",
                nulls_distinct=False,
                violation_error_message=_("There is a rule for this already: change that one."),
            ),
            models.CheckConstraint(
                name="services_pricerule_sane",
                condition=Q(
                    percent_bp__gte=-9000,
                    percent_bp__lte=1_000_000,
                    fixed_micros__gte=0,
                    step_micros__gte=1,
                ),
                violation_error_message=_(
                    "The percent is from -90 to 10,000, the fixed part not below zero and the step"
                    " above zero."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"price rule {self.pk}"


class PriceGroup(models.Model):
    """Customers who pay less than the list price. With `spend_from_micros` it is a loyalty level:
    whoever has spent so much belongs to it from then on."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    # Hundredths of a percent off the list price.
    discount_bp = models.PositiveIntegerField(_("discount"), default=0)
    spend_from_micros = models.BigIntegerField(_("from a spending of"), null=True, blank=True)

    class Meta:
        verbose_name = _("price group")
        verbose_name_plural = _("price groups")
        ordering = ["spend_from_micros", "name"]
        constraints = [
            models.CheckConstraint(
                name="services_pricegroup_sane",
                condition=Q(discount_bp__lte=9000)
                & (Q(spend_from_micros=None) | Q(spend_from_micros__gt=0)),
                violation_error_message=_("A discount is at most 90 %%, a spending above zero."),
            ),
            models.UniqueConstraint(
                fields=["spend_from_micros"],
                name="services_pricegroup_one_per_level",
                violation_error_message=_("There is a level for this spending already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupDiscount(models.Model):
    """Another discount of a group for one platform, category or service."""

    group = models.ForeignKey(PriceGroup, on_delete=models.CASCADE, related_name="discounts")
    platform = models.ForeignKey(
        Platform, on_delete=models.CASCADE, related_name="discounts", null=True, blank=True
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="discounts", null=True, blank=True
    )
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="discounts", null=True, blank=True
    )
    discount_bp = models.PositiveIntegerField(_("discount"))

    class Meta:
        verbose_name = _("discount of a group")
        verbose_name_plural = _("discounts of a group")
        constraints = [
            models.CheckConstraint(
                name="services_groupdiscount_one_scope",
                condition=_at_most_one("platform", "category", "service")
                & ~Q(platform=None, category=None, service=None)
                & Q(discount_bp__lte=9000),
                violation_error_message=_(
                    "Choose one of platform, category and service, and at most 90 %%."
                ),
            ),
            models.UniqueConstraint(
                fields=["group", "platform", "category", "service"],
                name="services_groupdiscount_unique",
                nulls_distinct=False,
                violation_error_message=_("This group has a discount for this already."),
            ),
        ]

    def __str__(self) -> str:
        return f"discount {self.pk} of group {self.group_id}"


class GroupMembership(models.Model):
    """The price group of a customer. Staff's choice stays; a level follows the spending upwards."""

    class Source(models.TextChoices):
        STAFF = "staff", _("chosen by staff")
        LOYALTY = "loyalty", _("reached by spending")

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="price_group"
    )
    group = models.ForeignKey(PriceGroup, on_delete=models.PROTECT, related_name="members")
    source = models.CharField(_("source"), max_length=8, choices=Source, default=Source.STAFF)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("member of a price group")
        verbose_name_plural = _("members of price groups")

    def __str__(self) -> str:
        return f"customer {self.customer_id} in group {self.group_id}"


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


class CurrencyChange(models.Model):
    """A provider takes another currency than before: written by a trigger, and gone once a person
    has looked at what it does. Until then no price follows."""

    provider = models.OneToOneField(
        Provider, on_delete=models.CASCADE, related_name="currency_change"
    )
    before = models.CharField(_("currency before"), max_length=3)
    at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("change of a currency")
        verbose_name_plural = _("changes of currencies")

    def __str__(self) -> str:
        return f"currency of provider {self.provider_id}"


class PriceEdit(models.Model):
    """Prices that somebody changed together; can be taken back for a day."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="price_edits"
    )
    # Which services were chosen and what was done to their prices, as it was asked for.
    asked = models.JSONField(_("what was asked for"), default=dict)
    services = models.PositiveIntegerField(_("services"))
    applied_at = models.DateTimeField(_("applied"))
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of prices")
        verbose_name_plural = _("changes of prices")

    def __str__(self) -> str:
        return f"price edit {self.pk}"


class PriceEditLine(models.Model):
    """What one service cost before and after; `left_because` says why taking the edit back left
    it as it was by then."""

    class Left(models.TextChoices):
        CHANGED = "changed", _("changed since by somebody else")
        COST = "cost", _("the old price is below the cost now")

    edit = models.ForeignKey(PriceEdit, on_delete=models.CASCADE, related_name="lines")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="price_edits")
    old_rate_micros = models.BigIntegerField(_("old price per 1000"))
    new_rate_micros = models.BigIntegerField(_("new price per 1000"))
    old_priced_by = models.CharField(_("priced before"), max_length=4)
    left_because = models.CharField(_("left"), max_length=8, choices=Left, blank=True)

    class Meta:
        verbose_name = _("changed price")
        verbose_name_plural = _("changed prices")
        constraints = [
            models.UniqueConstraint(
                fields=["edit", "service"], name="services_priceeditline_unique"
            )
        ]

    def __str__(self) -> str:
        return f"price of service {self.service_id} in edit {self.edit_id}"
