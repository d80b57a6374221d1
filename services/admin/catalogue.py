"""What the pages of the catalogue share, and its frame: platforms, categories and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.admin.logged import LoggedAdmin
from services.margins.turns import take_turn
from services.models import Category, Platform, QualityLabel

M = TypeVar("M", bound=Model)


class CatalogueAdmin(LoggedAdmin[M]):
    # Amounts that are typed in one field and read, by those who may only look, in another.
    shown_as: Mapping[str, str] = {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What is saved was read after everybody else had written, and nobody writes until then:
        the turn comes before any row (`services.margins.turns`)."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            take_turn()
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        fields = super().get_fields(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fields
        return [self.shown_as.get(str(name), name) for name in fields if name != "opened"]


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
