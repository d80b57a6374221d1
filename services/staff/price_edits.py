"""Many prices changed at once: choose, look, apply, and take back for a day."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from services.margins import editing
from services.margins.editing import UNDONE_WITHIN, NotUndoable
from services.margins.effects import Changed
from services.models import PriceEdit
from services.staff.price_edit_forms import ACT_WORDS, EditForm
from services.staff.price_effects import PAGE_SIZE, preview_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("services.add_priceedit")
def price_edit(request: StaffRequest) -> HttpResponseBase:
    """GET chooses and shows, so that a preview has an address and pages; POST applies it."""
    if request.method == "POST":
        return _apply(request)
    if "act" not in request.GET:
        return _show(request, EditForm())
    form = EditForm(request.GET)
    return _show(request, form, status=200 if form.is_valid() else 422)


@require_safe
@staff_page("services.view_priceedit")
def price_edits(request: StaffRequest) -> HttpResponseBase:
    page = Paginator(_edits(), PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {"page": page, "rows": [(edit, _can_undo(edit, now)) for edit in page]}
    return render(request, "services/staff/price_edits.html", context)


@require_safe
@staff_page("services.view_priceedit")
def price_edit_detail(request: StaffRequest, edit_id: int) -> HttpResponseBase:
    edit = get_object_or_404(_edits(), pk=edit_id)
    # What was left when it was taken back comes first: somebody has to look at it.
    lines = edit.lines.select_related("service").order_by("-left_because", "service")
    context = {
        "edit": edit,
        "act": dict(ACT_WORDS).get(_name_of(edit), ""),
        "page": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page")),
        "left": edit.lines.exclude(left_because="").count(),
        "can_undo": _can_undo(edit, timezone.now()),
        "until": edit.applied_at + UNDONE_WITHIN,
    }
    return render(request, "services/staff/price_edit_detail.html", context)


@require_POST
@staff_page("services.change_priceedit")
def price_edit_undo(request: StaffRequest, edit_id: int) -> HttpResponseBase:
    edit = get_object_or_404(_edits(), pk=edit_id)
    try:
        done = editing.undo(
            edit_id=edit.pk, actor=request.user, ip=client_ip(request), at=timezone.now()
        )
    except NotUndoable:
        text = _("Nothing was changed: it was taken back already, or is older than a day.")
        messages.error(request, text)
    else:
        text = _("Taken back: %(restored)d prices are as before, %(left)d were left.")
        messages.success(request, text % {"restored": done.restored, "left": done.left})
    return redirect("staff_services:price_edit_detail", edit.pk)


def _apply(request: StaffRequest) -> HttpResponseBase:
    form = EditForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        edit = editing.apply(
            selection=form.selection(),
            act=form.wanted(),
            digest=request.POST.get("digest", ""),
            actor=request.user,
            ip=client_ip(request),
            at=timezone.now(),
        )
    except Changed:
        return _show(request, form, is_stale=True, status=422)
    text = ngettext("%(number)d price is new.", "%(number)d prices are new.", edit.services)
    messages.success(request, text % {"number": edit.services})
    return redirect("staff_services:price_edit_detail", edit.pk)


def _show(
    request: StaffRequest, form: EditForm, *, is_stale: bool = False, status: int = 200
) -> HttpResponseBase:
    now, preview = timezone.now(), None
    if form.is_bound and form.is_valid():
        planned = editing.plan(selection=form.selection(), act=form.wanted(), at=now)
        preview = preview_of(planned, page=request.GET.get("page"), at=now)
    context = {
        "form": form,
        "chooses": [form[name] for name in form.chooses],
        "does": [form[name] for name in ("act", "value", "step")],
        "preview": preview,
        "is_stale": is_stale,
    }
    return render(request, "services/staff/price_edit.html", context, status=status)


def _edits() -> QuerySet[PriceEdit]:
    return PriceEdit.objects.select_related("actor").order_by("-pk")


def _can_undo(edit: PriceEdit, now: datetime) -> bool:
    return edit.undone_at is None and now - edit.applied_at <= UNDONE_WITHIN


def _name_of(edit: PriceEdit) -> str:
    """The name of the act in the form, from what was kept."""
    act = edit.asked["act"]
    if act["kind"] in ("percent", "amount"):
        return f"{act['kind']}_{'down' if act['value'] < 0 else 'up'}"
    return str(act["kind"])
