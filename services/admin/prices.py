"""What is sold, at which price, and what it costs at the provider."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.admin.numbers import WHOLE_NUMBERS
from services import costs
from services.admin.catalogue import CatalogueAdmin
from services.models import (
    Alternative,
    CustomPrice,
    ProviderService,
    Service,
)
from wallet.fields import AmountField
from wallet.money import display

MOST_WARNINGS = 5


class OfferForm(forms.ModelForm[ProviderService]):
    cost_micros = AmountField(label=_("cost per 1000, in the provider's currency"))

    class Meta:
        model = ProviderService
        fields = (
            "provider", "external_id", "name", "cost_micros", "min_quantity", "max_quantity",
            "can_refill", "can_cancel",
        )  # fmt: skip


@admin.register(ProviderService)
class ProviderServiceAdmin(CatalogueAdmin[ProviderService]):
    form = OfferForm
    shown_as = {"cost_micros": "cost"}
    list_display = ("provider", "external_id", "name", "cost", "min_quantity", "max_quantity")
    list_filter = ("provider",)
    list_select_related = ("provider",)
    search_fields = ("=external_id", "name")
    search_help_text = _("A whole number at the provider, or a part of the name")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for service in form.instance.services.filter(is_active=True)[:MOST_WARNINGS]:
            _warn_of_loss(self, request, service)

    @admin.display(description=_("cost per 1000"), ordering="cost_micros")
    def cost(self, offer: ProviderService) -> str:
        return display(offer.cost_micros)


class ServiceForm(forms.ModelForm[Service]):
    rate_micros = AmountField(label=_("price per 1000, in USD"))

    class Meta:
        model = Service
        fields = (
            "category", "provider_service", "name", "description", "type", "delivery",
            "rate_micros", "is_free", "min_quantity", "max_quantity", "average_minutes",
            "link_example", "can_refill", "refill_days", "can_cancel", "can_drip_feed",
            "drip_feed_by", "accepts_private_links", "below_cost", "is_active", "position",
        )  # fmt: skip


class AlternativeInline(admin.TabularInline[Alternative, Service]):
    """Where the service's orders go when the provider before refuses them for certain."""

    model = Alternative
    extra = 1
    fields = ("position", "provider_service")
    raw_id_fields = ("provider_service",)
    formfield_overrides = WHOLE_NUMBERS
    verbose_name_plural = _("Alternatives, tried in this order when a provider refuses for certain")


@admin.register(Service)
class ServiceAdmin(CatalogueAdmin[Service]):
    form = ServiceForm
    shown_as = {"rate_micros": "rate"}
    list_display = ("id", "name", "category", "rate", "is_active", "provider_service")
    list_filter = ("is_active", "category__platform", "delivery")
    list_select_related = ("category__platform", "provider_service__provider")
    search_fields = ("=id", "name")
    search_help_text = _("A whole number of a service, or a part of its name")
    raw_id_fields = ("provider_service",)
    readonly_fields = ("revision",)
    inlines = (AlternativeInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _warn_of_loss(self, request, form.instance)

    @admin.display(description=_("price per 1000"), ordering="rate_micros")
    def rate(self, service: Service) -> str:
        return display(service.rate_micros)


class CustomPriceForm(forms.ModelForm[CustomPrice]):
    rate_micros = AmountField(label=_("price per 1000, in USD"))

    class Meta:
        model = CustomPrice
        fields = ("customer", "service", "rate_micros")


@admin.register(CustomPrice)
class CustomPriceAdmin(CatalogueAdmin[CustomPrice]):
    form = CustomPriceForm
    shown_as = {"rate_micros": "rate"}
    list_display = ("customer", "service", "rate")
    list_select_related = ("customer", "service")
    search_fields = ("customer__email__iexact",)
    search_help_text = _("The customer's whole e-mail address")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _warn_of_loss(self, request, form.instance.service)

    raw_id_fields = ("customer", "service")

    @admin.display(description=_("price per 1000"), ordering="rate_micros")
    def rate(self, price: CustomPrice) -> str:
        return display(price.rate_micros)


def _warn_of_loss(page: CatalogueAdmin[Any], request: HttpRequest, service: Service) -> None:
    """Says after saving what the lowest price means beside the provider's cost."""
    loss = costs.loss_on(service)
    if loss is None or service.below_cost == Service.BelowCost.ALLOW:
        return
    is_refused = service.below_cost == Service.BelowCost.REFUSE
    if loss.cost_micros is None:
        text = _now("Service {id}: there is no rate for {currency}, so nobody knows its cost.")
    else:
        text = _now("Service {id}: the lowest price, {price}, is below its cost of {cost}.")
    outcome = _now("Such orders are refused.") if is_refused else _now("Staff hear of such orders.")
    words = text.format(
        id=service.pk,
        price=display(loss.price_micros),
        cost=display(loss.cost_micros or 0),
        currency=loss.currency,
    )
    page.message_user(request, f"{words} {outcome}", messages.WARNING)
