from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.admin.logged import LoggedAdmin
from accounts.http import client_ip, staff_member
from services.endpoints import NotAnAddress, check_address
from services.models import (
    Category,
    CustomPrice,
    Platform,
    Provider,
    ProviderService,
    Service,
)
from services.pausing import pause_provider, resume_provider
from wallet.fields import AmountField
from wallet.money import display

M = TypeVar("M", bound=Model)

LONGEST_REASON = 200


class CatalogueAdmin(LoggedAdmin[M]):
    # Amounts that are typed in one field and read, by those who may only look, in another.
    shown_as: Mapping[str, str] = {}

    def get_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        fields = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fields
        return [self.shown_as.get(str(name), name) for name in fields]


@admin.register(Platform)
class PlatformAdmin(CatalogueAdmin[Platform]):
    list_display = ("name", "position")


@admin.register(Category)
class CategoryAdmin(CatalogueAdmin[Category]):
    list_display = ("name", "platform", "position")
    list_filter = ("platform",)
    list_select_related = ("platform",)


class ProviderForm(forms.ModelForm[Provider]):
    """The key goes in and never comes out: an empty field keeps the stored one."""

    new_key = forms.CharField(
        label=_("API key"),
        required=False,
        max_length=200,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown. Leave it empty to keep the present one."),
    )

    url = forms.URLField(
        label=_("API address"),
        max_length=300,
        assume_scheme="https",
        help_text=_("https and a public host. The key is sent there and nowhere else."),
    )

    class Meta:
        model = Provider
        fields = ("name", "url", "currency", "refusal_texts")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_address(url)
        except NotAnAddress as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def clean_new_key(self) -> str:
        key: str = self.cleaned_data["new_key"]
        if not key and self.instance.pk is None:
            raise forms.ValidationError(_("A new provider needs its API key."))
        return key

    def clean(self) -> dict[str, Any]:
        """A stored key goes to the host it was typed for, and to no other."""
        cleaned = super().clean() or {}
        before, after = (urlsplit(values.get("url") or "") for values in (self.initial, cleaned))
        if self.instance.pk and before[:2] != after[:2] and not cleaned.get("new_key"):
            self.add_error("new_key", _("Another host: type the key that is meant for it."))
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        if key := self.cleaned_data["new_key"]:
            self.instance.api_key = key
        return super().save(commit=commit)


class ProviderActionForm(ActionForm):
    reason = forms.CharField(
        label=_("Reason of a pause:"), required=False, max_length=LONGEST_REASON
    )


@admin.register(Provider)
class ProviderAdmin(CatalogueAdmin[Provider]):
    form = ProviderForm
    action_form = ProviderActionForm
    list_display = ("name", "url", "currency", "state", "pause_reason")
    fields = (
        "name", "url", "new_key", "currency", "refusal_texts", "paused_at", "pause_reason",
    )  # fmt: skip
    readonly_fields = ("paused_at", "pause_reason")
    actions = ("pause", "resume")

    @admin.action(description=_("Pause: send no more orders"), permissions=["change"])
    def pause(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, _now("Nothing is paused: say why."), messages.ERROR)
            return
        for provider in providers:
            pause_provider(
                provider_id=provider.pk,
                reason=reason[:LONGEST_REASON],
                actor=staff_member(request),
                at=timezone.now(),
                ip=client_ip(request),
            )
        self._say(request, _now("Paused: {names}. Their orders wait."), providers)

    @admin.action(description=_("Resume: send waiting orders"), permissions=["change"])
    def resume(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            resume_provider(
                provider_id=provider.pk,
                actor=staff_member(request),
                at=timezone.now(),
                ip=client_ip(request),
            )
        self._say(request, _now("Running: {names}. Waiting orders are sent."), providers)

    def _say(self, request: HttpRequest, text: str, providers: QuerySet[Provider]) -> None:
        names = ", ".join(provider.name for provider in providers)
        self.message_user(request, text.format(names=names), messages.SUCCESS)

    @admin.display(description=_("state"), ordering="paused_at")
    def state(self, provider: Provider) -> SafeString:
        tone, word = ("warn", _("Paused")) if provider.is_paused else ("ok", _("Running"))
        return format_html('<span class="badge tone-{}">{}</span>', tone, word)


class OfferForm(forms.ModelForm[ProviderService]):
    cost_micros = AmountField(label=_("cost per 1000, in USD"))

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
            "is_active", "position",
        )  # fmt: skip


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
    raw_id_fields = ("customer", "service")

    @admin.display(description=_("price per 1000"), ordering="rate_micros")
    def rate(self, price: CustomPrice) -> str:
        return display(price.rate_micros)
