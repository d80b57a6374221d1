"""The statement as a page shows it: the part that an address asks for, and the same as a file."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wallet import statement
from wallet.money import plain
from wallet.spreadsheets import csv_rows, text_cell
from wallet.statement import Filter, Show


class StatementForm(forms.Form):
    """A tab and two days, both of them included; days are those of the reader's time zone.

    What cannot be read is refused beside its field and then limits nothing.
    """

    show = forms.ChoiceField(choices=Show, required=False, widget=forms.HiddenInput)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_until(self) -> date | None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data["until"]
        if since and until and until < since:
            raise forms.ValidationError(_("This day is before the first one."))
        return until if isinstance(until, date) else None

    @property
    def wanted(self) -> Filter:
        self.is_valid()
        given = self.cleaned_data
        until = given.get("until")
        return Filter(
            show=Show(given.get("show") or Show.ALL),
            since=_start_of(given.get("since")),
            until=_start_of(until + timedelta(days=1)) if until and until < date.max else None,
        )

    @property
    def period(self) -> str:
        """The part of an address that keeps the days while the tab or the page changes."""
        given = {name: self.cleaned_data.get(name) for name in ("since", "until")}
        return urlencode({name: day.isoformat() for name, day in given.items() if day})


def read_form(query: QueryDict) -> StatementForm:
    form = StatementForm(query)
    form.is_valid()
    return form


def csv_file(*, customer_id: int, wanted: Filter) -> StreamingHttpResponse:
    """Every line that was asked for, with the balance after it, read piece by piece."""
    lines = statement.read_all(customer_id=customer_id, wanted=wanted)
    head = (_("Time (UTC)"), _("Entry"), _("What"), _("Reference"), _("Amount, USD"))
    rows = (
        (
            line.at.isoformat(timespec="seconds"),
            line.transfer_id,
            text_cell(line.words),
            text_cell(line.reference),
            plain(line.amount_micros, least_decimals=2),
            plain(line.balance_micros, least_decimals=2),
        )
        for line in lines
    )
    response = StreamingHttpResponse(
        csv_rows(itertools.chain([(*head, _("Balance, USD"))], rows)),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return response


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
