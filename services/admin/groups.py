"""Price groups and loyalty levels, and who belongs to them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from services.admin.catalogue import CatalogueAdmin
from services.models import GroupDiscount, GroupMembership, PriceGroup
from wallet.fields import AmountField, PercentField
from wallet.money import display, plain

_MICROS_PER_BP = 10_000


class GroupForm(forms.ModelForm[PriceGroup]):
    discount_bp = PercentField(
        label=_("percent off the list price"), help_text=_("90 at most; never below the cost.")
    )
    spend_from_micros = AmountField(
        label=_("reached by a spending of, in USD"),
        required=False,
        help_text=_("For a loyalty level; empty for a group that only staff put people into."),
    )

    class Meta:
        model = PriceGroup
        fields = ("name", "discount_bp", "spend_from_micros")


class DiscountForm(forms.ModelForm[GroupDiscount]):
    discount_bp = PercentField(label=_("percent off the list price"))

    class Meta:
        model = GroupDiscount
        fields = ("platform", "category", "service", "discount_bp")


class DiscountInline(admin.TabularInline[GroupDiscount, PriceGroup]):
    model = GroupDiscount
    form = DiscountForm
    extra = 1
    raw_id_fields = ("service",)
    verbose_name_plural = _("Instead of it, for one platform, category or service")


@admin.register(PriceGroup)
class PriceGroupAdmin(CatalogueAdmin[PriceGroup]):
    form = GroupForm
    list_display = ("name", "discount", "spending")
    inlines = (DiscountInline,)

    @admin.display(description=_("off the list price"), ordering="discount_bp")
    def discount(self, group: PriceGroup) -> str:
        return f"{plain(group.discount_bp * _MICROS_PER_BP)} %"

    @admin.display(description=_("from a spending of"), ordering="spend_from_micros")
    def spending(self, group: PriceGroup) -> str:
        return "" if group.spend_from_micros is None else display(group.spend_from_micros)


@admin.register(GroupMembership)
class GroupMembershipAdmin(CatalogueAdmin[GroupMembership]):
    """Whom staff put here stays here; levels are reached by spending alone."""

    fields = ("customer", "group")
    list_display = ("customer", "group", "source", "since")
    list_filter = ("group", "source")
    list_select_related = ("customer", "group")
    search_fields = ("customer__email__iexact",)
    search_help_text = _("The customer's whole e-mail address")
    raw_id_fields = ("customer",)

    def save_model(
        self, request: HttpRequest, obj: GroupMembership, form: Any, change: bool
    ) -> None:
        obj.source = GroupMembership.Source.STAFF
        super().save_model(request, obj, form, change)
