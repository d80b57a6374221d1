"""Providers and their lanes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.http import client_ip, staff_member
from services.admin.catalogue import CatalogueAdmin
from services.endpoints import NotAnAddress, check_address
from services.models import (
    Provider,
)
from services.pausing import pause_provider, resume_provider

LONGEST_REASON = 200
USUAL_WIDTH = 4


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

    lane_width = forms.IntegerField(
        label=_("Orders at once"),
        required=False,
        min_value=1,
        max_value=200,
        help_text=_("How many may be on their way to it at one moment. Empty: 4."),
    )

    sends_per_minute = forms.IntegerField(
        label=_("Orders per minute"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=_("No more leave in any 60 seconds. Empty: no limit."),
    )

    class Meta:
        model = Provider
        fields = (
            "name", "url", "currency", "refusal_texts", "lane_width", "sends_per_minute",
            "cancel_means_partial", "scans_numbers", "checks_balance",
        )  # fmt: skip
        help_texts = {
            "cancel_means_partial": _("The refund of a “Canceled” then follows what remains."),
            "scans_numbers": _(
                "Only where its numbers have no gaps and nobody else orders in our account: a"
                " lost order is then attached or sent again by itself if the numbers prove it."
            ),
            "checks_balance": _(
                "Only where an order is charged when it is placed: a lost order is then sent"
                " again by itself if our balance proves that it never arrived."
            ),
        }

    def clean_lane_width(self) -> int:
        width: int | None = self.cleaned_data["lane_width"]
        return USUAL_WIDTH if width is None else width

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
    list_display = ("name", "url", "currency", "state", "waiting_for", "lane", "looks_for")
    fields = (
        "name", "url", "new_key", "currency", "refusal_texts", "lane_width", "sends_per_minute",
        "cancel_means_partial", "scans_numbers", "checks_balance", "state", "paused_at",
        "pause_reason", "waiting_for",
    )  # fmt: skip
    readonly_fields = ("state", "paused_at", "pause_reason", "waiting_for")
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
        tone, word = "ok", _("Running")
        if provider.is_paused:
            tone, word = "warn", _("Paused")
        elif _is_resting(provider):
            tone, word = "warn", _("Resting")
        elif provider.failures_in_a_row:
            tone, word = "warn", _("Failing")
        return format_html('<span class="badge tone-{}">{}</span>', tone, word)

    @admin.display(description=_("why its orders wait"))
    def waiting_for(self, provider: Provider) -> str:
        """The circuit breaker or the pause in words; nothing where orders leave."""
        if provider.is_paused:
            return provider.pause_reason
        if not provider.failures_in_a_row:
            return "—"
        failures = _now("{count} failures in a row").format(count=provider.failures_in_a_row)
        if not _is_resting(provider):
            return failures
        until = date_format(localtime(provider.tripped_until), "TIME_FORMAT")
        return _now("{failures}: one order is tried from {time}").format(
            failures=failures, time=until
        )

    @admin.display(description=_("lane"), ordering="lane_width")
    def lane(self, provider: Provider) -> str:
        if provider.sends_per_minute is None:
            return _now("{width} at once").format(width=provider.lane_width)
        words = _now("{width} at once, {rate} a minute")
        return words.format(width=provider.lane_width, rate=provider.sends_per_minute)

    @admin.display(description=_("looks for lost orders"))
    def looks_for(self, provider: Provider) -> str:
        ways = [
            (provider.scans_numbers, _now("by number")),
            (provider.checks_balance, _now("by balance")),
        ]
        return ", ".join(word for is_chosen, word in ways if is_chosen) or "—"


def _is_resting(provider: Provider) -> bool:
    return provider.tripped_until is not None and provider.tripped_until > timezone.now()
