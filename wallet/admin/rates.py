"""Rates of other currencies, as operators set them: a new rate is a new row."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.logged import LoggedAdmin
from wallet.fields import AmountField
from wallet.models import DisplayRate
from wallet.money import plain


class DisplayRateForm(forms.ModelForm[DisplayRate]):
    per_dollar_micros = AmountField(
        label=_("For one US dollar"),
        help_text=_(
            "How much of the currency a dollar is worth, such as 0.92. Prices of providers'"
            " services are made with it, too."
        ),
    )

    class Meta:
        model = DisplayRate
        fields = ("currency", "per_dollar_micros")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:
            self.fields["currency"].help_text = _("Three small letters, such as eur.")


@admin.register(DisplayRate)
class DisplayRateAdmin(LoggedAdmin[DisplayRate]):
    form = DisplayRateForm
    list_display = ("currency", "rate", "since")
    ordering = ("currency", "-pk")

    @admin.display(description=_("for one dollar"))
    def rate(self, row: DisplayRate) -> str:
        return plain(row.per_dollar_micros)

    def has_change_permission(self, request: HttpRequest, obj: DisplayRate | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DisplayRate | None = None) -> bool:
        return False
