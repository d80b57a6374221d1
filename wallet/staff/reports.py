"""Three reports over the books, each also as a CSV file: the trial balance of a day, what is owed
to customers day by day, and a gateway's own books against ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from wallet.money import plain
from wallet.reports import clearing as books
from wallet.reports import figures as reports
from wallet.spreadsheets import csv_rows, text_cell

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SEEING = "wallet.view_reports"
USUAL_DAYS = 30
LONGEST_DAYS = 366
# Any day that a panel can have books of; beyond them calendars end.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


class DayField(forms.DateField):
    def __init__(self, *, label: _StrPromise) -> None:
        days = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        widget = forms.DateInput(attrs={"type": "date"})
        super().__init__(label=label, widget=widget, validators=days)


class DayForm(forms.Form):
    on = DayField(label=_("At the end of (UTC)"))


class DaysForm(forms.Form):
    since = DayField(label=_("From (UTC)"))
    until = DayField(label=_("To"))

    def clean(self) -> dict[str, object]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and not 0 <= (until - since).days < LONGEST_DAYS:
            message = _("The end must not be before the beginning, nor more than a year later.")
            self.add_error("until", message)
        return self.cleaned_data


@require_safe
@staff_page(SEEING)
def trial_balance(request: StaffRequest) -> HttpResponseBase:
    form = DayForm(_filled(request.GET, {"on": _today()}))
    if not form.is_valid():
        return render(request, "wallet/staff/trial_balance.html", {"form": form}, status=422)
    balance = reports.trial_balance(on=form.cleaned_data["on"])
    if request.GET.get("format") == "csv":
        head = (_now("Account"), _now("Debits, USD"), _now("Credits, USD"), _now("Balance, USD"))
        rows = (
            (text_cell(line.words), _usd(line.debits), _usd(line.credits), _usd(line.balance))
            for line in balance.lines
        )
        return _csv(head, rows, name=f"trial-balance-{balance.on}")
    context = {"form": form, "balance": balance}
    return render(request, "wallet/staff/trial_balance.html", context)


@require_safe
@staff_page(SEEING)
def liability(request: StaffRequest) -> HttpResponseBase:
    form = DaysForm(_filled(request.GET, _usual_days()))
    if not form.is_valid():
        return render(request, "wallet/staff/liability.html", {"form": form}, status=422)
    days = reports.liability(**form.cleaned_data)
    if request.GET.get("format") == "csv":
        return _liability_csv(days)
    context = {
        "form": form,
        "days": days[::-1],
        "bars": reports.bars_of(days),
        "most": max(day.total for day in days),
    }
    return render(request, "wallet/staff/liability.html", context)


@require_safe
@staff_page(SEEING)
def clearing(request: StaffRequest) -> HttpResponseBase:
    form = DaysForm(_filled(request.GET, _usual_days()))
    gateways = books.gateways_with_books()
    asked = request.GET.get("gateway", "")
    gateway = asked if asked in gateways else next(iter(gateways), "")
    context: dict[str, object] = {"form": form, "gateways": gateways, "gateway": gateway}
    if not form.is_valid():
        return render(request, "wallet/staff/clearing.html", context, status=422)
    days = books.days(gateway=gateway, **form.cleaned_data)
    differences = books.differences(gateway=gateway, **form.cleaned_data)
    if request.GET.get("format") == "csv":
        return _clearing_csv(gateway, differences)
    context |= {"days": days[::-1], "differences": differences}
    return render(request, "wallet/staff/clearing.html", context)


def _liability_csv(days: Iterable[reports.Liability]) -> StreamingHttpResponse:
    head = (
        _now("Day (UTC)"), _now("Cash, USD"), _now("Bonus, USD"), _now("On hold, USD"),
        _now("Orders in progress, USD"), _now("Owed to customers, USD"), _now("Owed to us, USD"),
    )  # fmt: skip
    rows = (
        (
            day.on, _usd(day.cash), _usd(day.bonus), _usd(day.on_hold), _usd(day.escrow),
            _usd(day.total), _usd(day.debt),
        )
        for day in days
    )  # fmt: skip
    return _csv(head, rows, name="liability")


def _clearing_csv(gateway: str, differences: Iterable[books.Difference]) -> StreamingHttpResponse:
    head = (
        _now("Number"), _now("Ours"), _now("Kind"), _now("Our books, USD"),
        _now("Gateway's books, USD"), _now("Difference, USD"),
    )  # fmt: skip
    rows = (
        (
            text_cell(one.number), text_cell(" ".join(one.references)),
            text_cell(" ".join(one.kinds)), _usd(one.ours), _usd(one.theirs),
            _usd(one.difference),
        )
        for one in differences
    )  # fmt: skip
    return _csv(head, rows, name=f"clearing-{gateway or 'none'}")


def _filled(query: QueryDict, usual: dict[str, date]) -> dict[str, object]:
    """What the address asks for; the usual days where it asks for nothing."""
    return {name: query.get(name) or day for name, day in usual.items()}


def _usual_days() -> dict[str, date]:
    today = _today()
    return {"since": today - timedelta(days=USUAL_DAYS - 1), "until": today}


def _today() -> date:
    return timezone.now().astimezone(UTC).date()


def _usd(micros: int) -> str:
    return plain(micros, least_decimals=2)


def _csv(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, name: str
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        csv_rows([head, *rows]), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
