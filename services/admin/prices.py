"""What a service costs at its provider, and what one customer pays for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.http import staff_member
from services.admin.catalogue import CatalogueAdmin
from services.admin.losses import warn_of_loss
from services.admin.opened import OpenedForm
from services.margins import rises
from services.models import CustomPrice, ProviderService
from services.syncing import selling
from wallet.fields import AmountField
from wallet.money import display

MOST_WARNINGS = 5


class OfferForm(OpenedForm[ProviderService]):
    cost_micros = AmountField(label=_("Cost per 1,000, in the provider's currency"))

    class Meta:
        model = ProviderService
        fields = (
            "provider", "external_id", "name", "cost_micros", "min_quantity", "max_quantity",
            "can_refill", "can_cancel", "can_drip_feed",
        )  # fmt: skip
        help_texts = {
            "can_refill": _("What it cannot do is taken from the services that are sold of it."),
        }


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
        offers = [form.instance.pk]
        selling.restrict_flags(offers=offers)
        rises.accept_costs(offer_ids=offers, actor=staff_member(request), at=timezone.now())
        for service in form.instance.services.filter(is_active=True)[:MOST_WARNINGS]:
            warn_of_loss(self, request, service)

    @admin.display(description=_("cost per 1,000"), ordering="cost_micros")
    def cost(self, offer: ProviderService) -> str:
        return display(offer.cost_micros)


class CustomPriceForm(forms.ModelForm[CustomPrice]):
    rate_micros = AmountField(label=_("Price per 1,000, in USD"))

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
        warn_of_loss(self, request, form.instance.service)

    raw_id_fields = ("customer", "service")

    @admin.display(description=_("price per 1,000"), ordering="rate_micros")
    def rate(self, price: CustomPrice) -> str:
        return display(price.rate_micros)
