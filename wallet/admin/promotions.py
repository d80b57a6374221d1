"""Promotions as operators make them, and what came of them, to look at."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.logged import LoggedAdmin
from wallet.admin.books import BooksAdmin, transfers_link
from wallet.fields import AmountField, OneValueInput, PercentField
from wallet.models import BonusGrant, Promotion, Redemption
from wallet.money import MICROS_PER_UNIT, display, plain
from wallet.topups.promotions import clean_code

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,31}", re.ASCII)
# What a use was promised by: it changes for nobody once somebody has used it.
_PROMISED = (
    "code", "percent_hundredths", "amount_micros", "most_micros", "minimum_micros", "valid_months",
)  # fmt: skip
_SHOWN_AS = {
    "percent_hundredths": "percent",
    "amount_micros": "sum",
    "most_micros": "most",
    "minimum_micros": "minimum",
}
_USED = Q(redemptions__state__in=(Redemption.State.RESERVED, Redemption.State.GRANTED))
_GIVEN = Q(redemptions__state=Redemption.State.GRANTED)


class PromotionForm(forms.ModelForm[Promotion]):
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=32,
        widget=OneValueInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "3 to 32 letters, digits or hyphens; customers may type it in any case. Without a code"
            " every customer gets it; of several, each gets the one that gives most."
        ),
    )
    percent_hundredths = PercentField(
        label=_("Percent of the top-up"),
        required=False,
        help_text=_("Such as 5 or 7.5. Give this or a sum, not both."),
    )
    amount_micros = AmountField(
        label=_("Or a sum, in USD"), required=False, help_text=_("The same for every top-up.")
    )
    most_micros = AmountField(
        label=_("Bonus at most, in USD"), required=False, help_text=_("Empty: no limit.")
    )
    minimum_micros = AmountField(
        label=_("Smallest top-up, in USD"),
        required=False,
        help_text=_("A smaller one gets nothing. What was really received counts."),
    )

    class Meta:
        model = Promotion
        fields = (
            "name", "code", "percent_hundredths", "amount_micros", "most_micros",
            "minimum_micros", "starts_at", "ends_at", "total_limit", "per_customer_limit",
            "valid_months", "is_on",
        )  # fmt: skip
        help_texts = {
            "name": _("Customers read it beside their bonus."),
            "ends_at": _("Empty: until it is switched off."),
            "total_limit": _("By all customers together. Empty: no limit."),
            "per_customer_limit": _("Empty: no limit."),
            "valid_months": _("What is left of the bonus expires then. Empty: never."),
            "is_on": _("Off: nobody gets it any more. What was promised before is still given."),
        }

    def clean_code(self) -> str | None:
        code = clean_code(self.cleaned_data["code"])
        if code and not _CODE.fullmatch(code):
            raise forms.ValidationError(_("Use 3 to 32 letters, digits or hyphens."))
        return code or None

    def clean_minimum_micros(self) -> int:
        return self.cleaned_data["minimum_micros"] or 0

    def clean_most_micros(self) -> int | None:
        most: int | None = self.cleaned_data["most_micros"]
        if most == 0:
            raise forms.ValidationError(_("A bonus of at most nothing: leave it empty, or say."))
        return most


@admin.register(Promotion)
class PromotionAdmin(LoggedAdmin[Promotion]):
    form = PromotionForm
    list_display = ("name", "code", "what", "starts_at", "ends_at", "is_on", "uses", "given")
    list_filter = ("is_on",)
    search_fields = ("name", "code")
    ordering = ("-pk",)
    readonly_fields = ("percent", "sum", "most", "minimum")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        return Promotion.objects.annotate(
            used=Count("redemptions", filter=_USED),
            given_micros=Sum("redemptions__deposit__bonus_grant__amount_micros", filter=_GIVEN),
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Promotion | None:
        """Locked while it is changed: nobody can use it between the look and the change."""
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        return Promotion.objects.select_for_update().get(pk=found.pk)

    def get_fields(self, request: HttpRequest, obj: Promotion | None = None) -> Any:
        fields = [str(name) for name in PromotionForm.Meta.fields]
        if obj is None or not self._is_fixed(request, obj):
            return fields
        return [_SHOWN_AS.get(name, name) for name in fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Promotion | None = None) -> Any:
        if obj is None or not self._is_fixed(request, obj):
            return self.readonly_fields
        return (*self.readonly_fields, *_PROMISED)

    def _is_fixed(self, request: HttpRequest, obj: Promotion) -> bool:
        return not self.has_change_permission(request, obj) or obj.redemptions.exists()

    @admin.display(description=_("bonus"))
    def what(self, promotion: Promotion) -> str:
        return self.percent(promotion) if promotion.percent_hundredths else self.sum(promotion)

    @admin.display(description=_("percent of the top-up"))
    def percent(self, promotion: Promotion) -> str:
        hundredths = promotion.percent_hundredths
        return "–" if hundredths is None else f"{plain(hundredths * MICROS_PER_UNIT // 100)} %"

    @admin.display(description=_("or a sum"))
    def sum(self, promotion: Promotion) -> str:
        return _money(promotion.amount_micros)

    @admin.display(description=_("bonus at most"))
    def most(self, promotion: Promotion) -> str:
        return _money(promotion.most_micros)

    @admin.display(description=_("smallest top-up"))
    def minimum(self, promotion: Promotion) -> str:
        return _money(promotion.minimum_micros)

    @admin.display(description=_("uses"))
    def uses(self, promotion: Promotion) -> str:
        used, limit = getattr(promotion, "used", 0), promotion.total_limit
        return str(used) if limit is None else f"{used} / {limit}"

    @admin.display(description=_("given"))
    def given(self, promotion: Promotion) -> str:
        return display(getattr(promotion, "given_micros", None) or 0)


@admin.register(Redemption)
class RedemptionAdmin(BooksAdmin[Redemption]):
    list_display = ("created_at", "promotion", "customer", "deposit", "state", "trouble")
    list_filter = ("state",)
    list_select_related = ("promotion", "customer", "deposit")
    search_fields = ("customer__email__iexact", "promotion__code__iexact")
    search_help_text = _("A customer's whole address, or a whole code")
    fields = ("promotion", "customer", "deposit", "state", "trouble", "created_at")


@admin.register(BonusGrant)
class BonusGrantAdmin(BooksAdmin[BonusGrant]):
    list_display = ("id", "created_at", "customer", "kind", "amount", "deposit", "expires_at")
    list_filter = ("kind",)
    list_select_related = ("customer", "deposit")
    search_fields = ("customer__email__iexact",)
    search_help_text = _("A customer's whole address")
    fields = ("customer", "kind", "amount", "deposit", "expires_at", "created_at", "transfers")

    @admin.display(description=_("amount"))
    def amount(self, grant: BonusGrant) -> str:
        return display(grant.amount_micros)

    @admin.display(description=_("transfers"))
    def transfers(self, grant: BonusGrant) -> str:
        return transfers_link(grant.reference)


def _money(micros: int | None) -> str:
    return "–" if micros is None else display(micros)
