"""Services and prices as files: taken away, changed in a spreadsheet, brought back, looked at."""

from __future__ import annotations

import secrets

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from services.exchange import applying
from services.exchange.applying import ChangedMeanwhile, NotATable
from wallet.fields import SheetField
from wallet.uploads import LARGEST_BYTES

KEPT_SECONDS = 3600
SHOWN = 200

TITLES = {
    "services": gettext_lazy("Services"),
    "prices": gettext_lazy("List prices"),
    "custom-prices": gettext_lazy("Own prices of customers"),
}
ABOUT = {
    "services": gettext_lazy(
        "Everything that you decide about a service, one row each. Columns that you leave out stay"
        " as they are."
    ),
    "prices": gettext_lazy("Number, name and price per 1,000, for a quick change of many prices."),
    "custom-prices": gettext_lazy(
        "Customer, service and price. An empty price takes the own price away."
    ),
}


class FileForm(forms.Form):
    file = SheetField(
        label=gettext_lazy("CSV file"),
        longest_bytes=LARGEST_BYTES,
        error_messages={"required": gettext_lazy("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )


@require_safe
@staff_page("services.change_service")
def files(request: StaffRequest) -> HttpResponse:
    return _page(request, form=None, kind="", status=200)


@require_safe
@staff_page("services.change_service")
def download(request: StaffRequest, kind: str) -> StreamingHttpResponse:
    rows = applying.export(_known(kind))
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="{kind}-{day}.csv"'
    return answer


@require_POST
@staff_page("services.change_service")
def check(request: StaffRequest, kind: str) -> HttpResponse:
    """Shows what the file would change. Nothing is written; the file is kept for an hour."""
    form = FileForm(request.POST, request.FILES)
    form.full_clean()
    if not form.is_valid():
        return _page(request, form=form, kind=_known(kind), status=422)
    text: str = form.cleaned_data["file"]
    try:
        reading = applying.read(_known(kind), text, at=timezone.now())
    except NotATable as error:
        form.add_error("file", str(error))
        return _page(request, form=form, kind=kind, status=422)
    token = secrets.token_urlsafe(16)
    cache.set(_key(request, kind, token), text, KEPT_SECONDS)
    return _diff(request, kind, reading, token=token, status=422 if reading.problems else 200)


@require_POST
@staff_page("services.change_service")
def apply(request: StaffRequest, kind: str) -> HttpResponse:
    token, digest = request.POST.get("token", ""), request.POST.get("digest", "")
    text = cache.get(_key(request, _known(kind), token))
    if text is None:
        messages.error(
            request, _("Nothing was changed: the file is no longer here. Choose it again.")
        )
        return redirect("staff_services:files")
    try:
        applied = applying.apply(
            kind, text, digest=digest, actor=request.user, at=timezone.now(), ip=client_ip(request)
        )
    except ChangedMeanwhile:
        messages.error(
            request,
            _("Nothing was changed: the catalogue is no longer as it was. Look at it once more."),
        )
        return _diff(
            request, kind, applying.read(kind, text, at=timezone.now()), token=token, status=422
        )
    cache.delete(_key(request, kind, token))
    count = len(applied.changes)
    words = ngettext("%(n)d row was changed.", "%(n)d rows were changed.", count)
    messages.success(request, words % {"n": count})
    return redirect("staff_services:files")


def _page(request: StaffRequest, *, form: FileForm | None, kind: str, status: int) -> HttpResponse:
    rows = [
        {
            "kind": each,
            "title": title,
            "about": ABOUT[each],
            "form": form if form and each == kind else FileForm(auto_id=f"{each}-%s"),
        }
        for each, title in TITLES.items()
    ]
    context = {"rows": rows, "most_rows": applying.MOST_ROWS}
    return render(request, "services/staff/files.html", context, status=status)


def _diff(
    request: StaffRequest, kind: str, reading: applying.Reading, *, token: str, status: int
) -> HttpResponse:
    context = {
        "kind": kind,
        "title": TITLES[kind],
        "reading": reading,
        "changes": reading.changes[:SHOWN],
        "further": max(len(reading.changes) - SHOWN, 0),
        "problems": reading.problems[:SHOWN],
        "further_problems": max(len(reading.problems) - SHOWN, 0),
        "token": token,
    }
    return render(request, "services/staff/file_check.html", context, status=status)


def _known(kind: str) -> str:
    if kind not in applying.FILES:
        raise Http404
    return kind


def _key(request: StaffRequest, kind: str, token: str) -> str:
    """Of one person: nobody applies what another has brought."""
    return f"catalogue-file:{request.user.pk}:{kind}:{token[:40]}"
