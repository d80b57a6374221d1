"""What is sold, and what is said of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.numbers import WHOLE_NUMBERS
from services.admin.catalogue import CatalogueAdmin
from services.admin.losses import warn_of_loss
from services.models import Alternative, Service
from wallet.fields import AmountField
from wallet.money import display


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
        warn_of_loss(self, request, form.instance)

    @admin.display(description=_("price per 1000"), ordering="rate_micros")
    def rate(self, service: Service) -> str:
        return display(service.rate_micros)
