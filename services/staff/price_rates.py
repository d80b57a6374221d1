"""Rates of providers' currencies, with their dates: a new one is shown before it makes prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.db.models.functions import Lower
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, staff_page
from services.costs import Rate, rates_followed, rates_in_force
from services.margins import changing
from services.margins.effects import Changed
from services.models import CurrencyChange, Service
from services.staff.price_effects import preview_of
from wallet.currencies import LEDGER_CURRENCY
from wallet.fields import AmountField
from wallet.models import DisplayRate
from wallet.money import read_number


@dataclass(frozen=True, slots=True)
class CurrencyRow:
    """A currency of providers, its rate in force and how many services cost in it; `followed` is
    the rate of prices where that is an earlier one, because nobody has kept the newest."""

    currency: str
    rate: Rate | None
    followed: Rate | None
    services: int


class RateForm(forms.Form):
    currency = forms.ChoiceField(label=_("Currency"))
    per_dollar = AmountField(
        label=_("For one US dollar"),
        help_text=_("How much of the currency a dollar is worth, such as 0.92."),
    )

    def __init__(self, data: Mapping[str, object] | None = None, *, currencies: list[str]) -> None:
        super().__init__(data)
        field = self.fields["currency"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(each, each.upper()) for each in currencies]

    def clean_per_dollar(self) -> int:
        micros: int = self.cleaned_data["per_dollar"]
        if micros == 0:
            raise forms.ValidationError(_now("A rate is above zero."))
        return micros


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("wallet.view_displayrate")
def price_rates(request: StaffRequest) -> HttpResponseBase:
    """The rates in force, those before, and a new one: shown first, then kept with its prices."""
    rows = _rows()
    currencies = [row.currency for row in rows]
    if request.method != "POST":
        return _show(request, RateForm(currencies=currencies), rows)
    if not request.user.has_perm("wallet.add_displayrate"):
        return redirect("staff_services:price_rates")
    if "provider" in request.POST:
        return _check_currency(request)
    form = RateForm(request.POST, currencies=currencies)
    if not form.is_valid():
        return _show(request, form, rows, status=422)
    return _check(request, form)


def _check(request: StaffRequest, form: RateForm) -> HttpResponseBase:
    currency, per_dollar = form.cleaned_data["currency"], form.cleaned_data["per_dollar"]
    now, is_stale = timezone.now(), False
    if request.POST.get("act") == "do":
        try:
            done = changing.set_rate(
                currency=currency,
                per_dollar_micros=per_dollar,
                digest=request.POST.get("digest", ""),
                actor=request.user,
                ip=client_ip(request),
                at=now,
            )
        except Changed:
            is_stale = True
        else:
            text = _now("Done: %(number)d prices are new.")
            messages.success(request, text % {"number": done.up + done.down})
            return redirect("staff_services:price_rates")
    planned = changing.plan_rate(currency=currency, per_dollar_micros=per_dollar, at=now)
    context = {
        "form": form,
        "currency": currency.upper(),
        "per_dollar": per_dollar,
        "before": rates_followed(at=now).get(currency),
        "preview": preview_of(planned, page=None, at=now),
        "is_stale": is_stale,
    }
    template = "services/staff/price_rate_check.html"
    return render(request, template, context, status=422 if is_stale else 200)


def _check_currency(request: StaffRequest) -> HttpResponseBase:
    """A provider that takes another currency than before; nothing where nobody waits for it."""
    provider = read_number(request.POST["provider"]) or 0
    changes = CurrencyChange.objects.select_related("provider")
    change = changes.filter(provider=provider).first()
    if change is None:
        messages.info(request, _now("No prices wait for the currency of this provider any more."))
        return redirect("staff_services:price_rates")
    now, is_stale = timezone.now(), False
    if request.POST.get("act") == "do":
        digest = request.POST.get("digest", "")
        try:
            done = changing.keep_currency(
                change=change, digest=digest, actor=request.user, ip=client_ip(request), at=now
            )
        except Changed:
            is_stale = True
        else:
            text = _now("Done: %(number)d prices are new.")
            messages.success(request, text % {"number": done.up + done.down})
            return redirect("staff_services:price_rates")
    planned = changing.plan_currency(change=change, at=now)
    context = {
        "change": change,
        "preview": preview_of(planned, page=None, at=now),
        "is_stale": is_stale,
    }
    template = "services/staff/price_currency_check.html"
    return render(request, template, context, status=422 if is_stale else 200)


def _show(
    request: StaffRequest, form: RateForm, rows: list[CurrencyRow], *, status: int = 200
) -> HttpResponseBase:
    earlier = DisplayRate.objects.filter(currency__in=[row.currency for row in rows])
    context = {
        "form": form,
        "rows": rows,
        "changes": CurrencyChange.objects.select_related("provider").order_by("provider__name"),
        "earlier": earlier.order_by("-since", "-pk")[:50],
    }
    return render(request, "services/staff/price_rates.html", context, status=status)


def _rows() -> list[CurrencyRow]:
    counted = (
        Service.objects.filter(provider_service__isnull=False)
        .values_list(Lower("provider_service__provider__currency"))
        .annotate(number=Count("pk"))
        .order_by("provider_service__provider__currency")
    )
    now = timezone.now()
    rates, followed = rates_in_force(at=now), rates_followed(at=now)
    found: dict[str, int] = {}
    for currency, number in counted:
        found[currency] = found.get(currency, 0) + number
    found.pop(LEDGER_CURRENCY, None)
    held = {name: rate for name, rate in followed.items() if rate != rates[name]}
    return [
        CurrencyRow(name, rates.get(name), held.get(name), number) for name, number in found.items()
    ]
