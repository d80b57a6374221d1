"""What staff do with a price list: have it read, tick its lines, apply or discard it."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import StaffRequest, client_ip, staff_page
from services.models import Provider, Sync
from services.staff import sync_choosing
from services.staff.sync_pages import look_again
from services.staff.sync_rows import PAGE_SIZE
from services.staff.sync_words import grouped
from services.syncing import applying, reading
from services.syncing.judging import ListWarning
from wallet.money import read_number

READING, DECIDING = "services.add_sync", "services.change_sync"


@require_POST
@staff_page(READING)
def sync_begin(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    """A worker reads it; who presses twice comes to the same reading."""
    provider = get_object_or_404(Provider, pk=provider_id, is_manual=False)
    try:
        sync = reading.begin(provider_id=provider.pk, actor=request.user, at=timezone.now())
    except reading.AlreadyOpen as other:
        sync = other.sync
    return redirect("staff_services:sync_detail", sync.pk)


@require_POST
@staff_page(DECIDING)
def sync_choose(request: StaffRequest, sync_id: int) -> HttpResponseBase:
    """Keeps the ticks of the page, or all or none of a kind, and comes back to the same lines."""
    sync = get_object_or_404(Sync, pk=sync_id)
    try:
        _choose(request, sync)
    except applying.NotOpen:
        messages.error(request, _("Too late: this price list is closed. Nothing was changed."))
    asked = urlencode({name: value for name, value in _place(request).items() if value})
    page = reverse("staff_services:sync_detail", args=[sync.pk])
    return redirect(f"{page}?{asked}#lines")


@require_POST
@staff_page(DECIDING)
def sync_apply(request: StaffRequest, sync_id: int) -> HttpResponseBase:
    """What is ticked on the page that was sent, and as it was seen on the others; with
    `apply=clean` what nothing speaks against, of that."""
    sync = get_object_or_404(Sync, pk=sync_id)
    try:
        lines = _decided(request, sync)
        if not lines and sync.state == Sync.State.OPEN:
            messages.error(request, _("Nothing is ticked, so nothing was changed."))
            return redirect("staff_services:sync_detail", sync.pk)
        applied = applying.apply(
            sync_id=sync.pk,
            line_ids=lines,
            actor=request.user,
            ip=client_ip(request),
            at=timezone.now(),
        )
    except sync_choosing.OthersTicked:
        return look_again(request, sync.pk)
    except applying.NotOpen:
        messages.error(request, _("Too late: this price list is closed. Nothing was changed."))
        return redirect("staff_services:sync_detail", sync.pk)
    messages.success(request, _said(applied))
    return _after(sync)


@require_POST
@staff_page(DECIDING)
def sync_discard(request: StaffRequest, sync_id: int) -> HttpResponseBase:
    sync = get_object_or_404(Sync, pk=sync_id)
    try:
        applying.discard(
            sync_id=sync.pk, actor=request.user, ip=client_ip(request), at=timezone.now()
        )
    except applying.NotOpen:
        messages.error(request, _("Too late: this price list is closed. Nothing was changed."))
    else:
        messages.success(request, _("Discarded. Nothing was changed; read it again at any time."))
    return redirect("staff_services:sync_detail", sync.pk)


def _choose(request: StaffRequest, sync: Sync) -> None:
    kind = request.POST.get("kind", "")
    act = request.POST.get("tick")
    if act == "all":
        sync_choosing.tick_all(sync_id=sync.pk, kind=kind)
    elif act == "none":
        sync_choosing.tick_none(sync_id=sync.pk, kind=kind)
    else:
        shown, ticked = _page(request)
        sync_choosing.tick_shown(sync_id=sync.pk, shown=shown, ticked=ticked)


def _decided(request: StaffRequest, sync: Sync) -> list[int]:
    """None of a list that is closed: applying again what is applied changes nothing."""
    if sync.state != Sync.State.OPEN:
        return []
    shown, ticked = _page(request)
    lines = sync_choosing.decided(
        sync_id=sync.pk, seen_before=request.POST.get("seen", ""), shown=shown, ticked=ticked
    )
    is_clean = request.POST.get("apply") == "clean"
    return sync_choosing.without_warning(lines) if is_clean else lines


def _page(request: StaffRequest) -> tuple[list[int], list[int]]:
    """The lines that the page shows, and those of them that are ticked."""
    return _numbers(request.POST.getlist("shown")), _numbers(request.POST.getlist("line"))


def _numbers(texts: list[str]) -> list[int]:
    return [number for number in map(read_number, texts[: PAGE_SIZE * 2]) if number]


def _place(request: StaffRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "")[:100] for name in ("kind", "q", "warned", "page")}


def _said(applied: applying.Applied) -> str:
    parts = [_("%(lines)s lines are applied.") % {"lines": grouped(applied.lines)}]
    told = (
        (applied.stale, _("%(count)s had been changed meanwhile and stayed as they were.")),
        (applied.repriced, _("%(count)s services have a new price.")),
        (applied.taken_off, _("%(count)s services went off sale.")),
        (applied.put_back, _("%(count)s services are on sale again.")),
        (applied.moved, _("%(count)s services are delivered by another provider now.")),
    )
    parts += [words % {"count": grouped(count)} for count, words in told if count]
    return " ".join(parts)


def _after(sync: Sync) -> HttpResponseBase:
    """A first list leads on to what is sold of it."""
    if sync.warning == ListWarning.FIRST_LIST:
        return redirect("staff_services:import_choose", sync.provider_id)
    return redirect("staff_services:sync_detail", sync.pk)
