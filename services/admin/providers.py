"""Providers as records: they are kept, tested and paused on pages of their own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.readonly import ReadOnlyAdmin
from services.models import Provider

_FACTS = (
    "name", "url", "currency", "dialect_preset", "lane_width", "sends_per_minute",
    "cancel_means_partial", "scans_numbers", "checks_balance", "is_synced_daily", "applies_alone",
    "synced_at", "paused_at", "pause_reason",
)  # fmt: skip


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin[Provider]):
    list_display = ("name", "url", "currency", "synced_at", "paused_at", "page")
    fields = (*_FACTS, "page")
    search_fields = ["name", "url"]
    search_help_text = _("A part of the name or of the address")

    @admin.display(description=_("page"))
    def page(self, provider: Provider) -> SafeString:
        url = reverse("staff_services:provider_detail", args=[provider.pk])
        return format_html('<a href="{}">{}</a>', url, _("Open its page"))
