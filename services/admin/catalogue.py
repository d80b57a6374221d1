"""What the pages of the catalogue share, and its frame: platforms, categories and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.logged import LoggedAdmin
from services.models import Category, Platform, QualityLabel

M = TypeVar("M", bound=Model)


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


class QualityLabelForm(forms.ModelForm[QualityLabel]):
    class Meta:
        model = QualityLabel
        fields = ("name", "meaning", "position")
        widgets = {"meaning": forms.Textarea}


@admin.register(QualityLabel)
class QualityLabelAdmin(CatalogueAdmin[QualityLabel]):
    form = QualityLabelForm
    list_display = ("name", "meaning", "position")
    search_fields = ("name",)
    search_help_text = _("A part of the label")
