"""What is sold, and what is said of it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.forms import fields_for_model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import countries
from accounts.admin.numbers import WHOLE_NUMBERS
from services.admin.catalogue import CatalogueAdmin
from services.admin.losses import warn_of_loss
from services.admin.opened import OpenedForm
from services.margins.repricing import reprice
from services.models import Alternative, Service
from wallet.fields import AmountField
from wallet.money import display


class CountriesField(forms.CharField):
    """Countries typed by code or by name, one after the other; a list of ISO codes."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        typed = [word.strip() for word in re.split(r"[,;\n]", text or "") if word.strip()]
        codes = {word: _code_of(word) for word in typed}
        if unknown := [word for word, code in codes.items() if code is None]:
            message = _now("No country: {words}. Type codes (DE) or English names.")
            raise forms.ValidationError(message.format(words=", ".join(unknown)))
        return sorted({code for code in codes.values() if code})

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except forms.ValidationError:
            return True


def _code_of(word: str) -> str | None:
    if word.upper() in countries.NAMES:
        return word.upper()
    found = [
        code for code, name in countries.NAMES.items() if str(name).casefold() == word.casefold()
    ]
    return found[0] if found else None


class ServiceForm(OpenedForm[Service]):
    rate_micros = AmountField(label=_("Price per 1,000, in USD"))
    blocked_countries = CountriesField(
        label=_("Not sold in"),
        required=False,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_(
            "Countries by code or English name, with commas between them. With any, it is sold only"
            " to customers who have said where they are billed."
        ),
    )

    class Meta:
        model = Service
        fields = (
            "category", "provider_service", "name", "quality", "description", "type", "delivery",
            "priced_by", "rate_micros", "is_free", "below_cost", "promo_label", "promo_until",
            "min_quantity", "max_quantity", "average_minutes", "tier", "link_example",
            "can_refill", "refill_days", "can_cancel", "can_partial", "can_drip_feed",
            "drip_feed_by", "accepts_private_links", "blocked_countries", "is_active", "position",
        )  # fmt: skip
        help_texts = {
            "quality": _("Its meaning stands in the glossary, which customers can read."),
            "priced_by": _("A price that is made by the rules is made anew when its cost changes."),
            "average_minutes": _(
                "Shown as an estimate until enough orders were measured, never as a promise."
            ),
            "tier": _("Its hours stand in the terms; an order is late after them."),
            "can_cancel": _(
                "Only what its provider can do can be offered; less is always possible."
            ),
            "can_partial": _(
                "Off: who stops an order after its start gets nothing back. What the provider"
                " itself does not deliver is paid back either way."
            ),
        }


class AlternativesFormSet(
    forms.BaseInlineFormSet[Alternative, Service, forms.ModelForm[Alternative]]
):
    """An alternative that cannot keep what the service promises would never be tried."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            offer = form.cleaned_data.get("provider_service") if form.is_valid() else None
            if offer is None or form.cleaned_data.get("DELETE"):
                continue
            if beyond := self.instance.beyond(offer):
                labels = [str(fields_for_model(Service, [name])[name].label) for name in beyond]
                message = _now("It does not have what this service promises: {names}.")
                form.add_error("provider_service", message.format(names=", ".join(labels)))


class AlternativeInline(admin.TabularInline[Alternative, Service]):
    """Where the service's orders go when the provider before refuses them for certain."""

    model = Alternative
    formset = AlternativesFormSet
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
    list_filter = ("is_active", "category__platform", "delivery", "quality", "tier")
    list_select_related = ("category__platform", "provider_service__provider")
    search_fields = ("=id", "name")
    search_help_text = _("A whole number of a service, or a part of its name")
    raw_id_fields = ("provider_service",)
    readonly_fields = ("revision",)
    inlines = (AlternativeInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # What is priced by rules has its price at once, and every cost is known in dollars.
        reprice(service_ids=[form.instance.pk], at=timezone.now())
        form.instance.refresh_from_db(fields=["rate_micros", "floor_micros"])
        warn_of_loss(self, request, form.instance)

    @admin.display(description=_("price per 1,000"), ordering="rate_micros")
    def rate(self, service: Service) -> str:
        return display(service.rate_micros)
