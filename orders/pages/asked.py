"""Which part of the list of orders an address asks for: it holds the whole state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Status
from services.models import Platform
from wallet.money import read_number

LONGEST_SEARCH = 300
LATE = "late"

TABS: Mapping[str, tuple[str | Promise, tuple[Status, ...]]] = {
    "": (gettext_lazy("All"), tuple(Status)),
    "pending": (
        gettext_lazy("Pending"),
        (Status.HELD, Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN, Status.PENDING),
    ),
    "in_progress": (gettext_lazy("In progress"), (Status.IN_PROGRESS, Status.PROCESSING)),
    "completed": (gettext_lazy("Completed"), (Status.COMPLETED,)),
    "partial": (gettext_lazy("Partial"), (Status.PARTIAL,)),
    "canceled": (gettext_lazy("Canceled"), (Status.CANCELED,)),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A tab, words, two days (both included), a platform, a service, and where a page begins."""

    tab: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None
    platform_id: int | None = None
    service_id: int | None = None
    below: int | None = None

    @property
    def query(self) -> str:
        parts = {
            "tab": self.tab,
            "q": self.words,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "platform": self.platform_id,
            "service": self.service_id,
            "below": self.below,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def url(self) -> str:
        start = reverse("orders:order_list")
        return f"{start}?{self.query}" if self.query else start

    @property
    def filters(self) -> int:
        """How many filters narrow the list, tab and page aside."""
        given = (self.words, self.since, self.until, self.platform_id, self.service_id)
        return sum(bool(value) for value in given)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but words narrows the list."""
        return self.filters > bool(self.words)

    @property
    def begins_at(self) -> datetime | None:
        return _start_of(self.since)

    @property
    def ends_at(self) -> datetime | None:
        """The first moment after the last day."""
        if self.until is None or self.until == date.max:
            return None
        return _start_of(self.until + timedelta(days=1))


class FilterForm(forms.Form):
    """What narrows the list. What cannot be read is named beside its field and limits nothing."""

    q = forms.CharField(label=gettext_lazy("Number, link or service"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    platform = forms.ModelChoiceField(
        label=gettext_lazy("Platform"),
        queryset=Platform.objects.all(),
        required=False,
        empty_label=gettext_lazy("Any"),
    )
    service = forms.CharField(label=gettext_lazy("Service number"), required=False)

    def clean_until(self) -> date | None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data["until"]
        if since and until and until < since:
            raise forms.ValidationError(_("This day is before the first one."))
        return until if isinstance(until, date) else None

    def clean_service(self) -> int | None:
        text = self.cleaned_data["service"].strip()
        number = read_number(text)
        if text and number is None:
            raise forms.ValidationError(_("Enter the number of a service, such as 12."))
        return number


def read_asked(query: Mapping[str, str]) -> tuple[Asked, FilterForm]:
    """What is not known asks for all; the form says what could not be read."""
    form = FilterForm(query)
    form.is_valid()
    given = form.cleaned_data
    platform = given.get("platform")
    tab = query.get("tab", "")
    asked = Asked(
        tab=tab if tab in (*TABS, LATE) else "",
        words=query.get("q", "").strip()[:LONGEST_SEARCH],
        since=given.get("since"),
        until=given.get("until"),
        platform_id=platform.pk if platform else None,
        service_id=given.get("service"),
        below=read_number(query.get("below")),
    )
    return asked, form


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
