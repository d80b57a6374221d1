"""Price lists at the desk: what differs, line by line, and what was decided before."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.http import StaffRequest, staff_page
from services.models import Provider, ProviderService, Sync, SyncLine
from services.staff.provider_rows import holdings_of
from services.staff.sync_costs import costs_of
from services.staff.sync_rows import PAGE_SIZE, Asked, choice_of, rows_of, tabs_of
from services.staff.sync_words import ABOUT, LIST_WARNINGS, failure_words, rejected_words
from services.syncing.judging import ListWarning

SEEING = "services.view_sync"
PAGE = "services/staff/sync_detail.html"


@require_safe
@staff_page(SEEING)
def sync_list(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    """Every reading of a provider's list, the newest first."""
    provider = get_object_or_404(Provider, pk=provider_id)
    syncs = provider.syncs.select_related("actor").order_by("-pk")
    page = Paginator(syncs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"provider": provider, "page": page}
    return render(request, "services/staff/sync_list.html", context)


@require_safe
@staff_page(SEEING)
def sync_detail(request: StaffRequest, sync_id: int) -> HttpResponseBase:
    """While it is read it asks for itself; then its lines, kind by kind."""
    sync = _found(sync_id)
    if request.htmx and sync.state == Sync.State.READING:
        return render(request, "services/staff/_sync_reading.html", _facts(sync))
    if request.htmx:
        return HttpResponseClientRefresh()
    return render(request, PAGE, _facts(sync) | _lines(request.GET, sync))


def look_again(request: StaffRequest, sync_id: int) -> HttpResponseBase:
    """The same lines again, and that nothing was applied: other lines are ticked by now."""
    sync = _found(sync_id)
    context = _facts(sync) | _lines(request.POST, sync) | {"is_stale": True}
    return render(request, PAGE, context, status=422)


@require_safe
@staff_page(SEEING)
def sync_offer(request: StaffRequest, offer_id: int) -> HttpResponseBase:
    """One service of a provider: its words, ours, and what it cost when."""
    rows = ProviderService.objects.select_related("provider")
    offer = get_object_or_404(rows, pk=offer_id)
    context = {
        "offer": offer,
        "provider": offer.provider,
        "services": offer.services.select_related("category__platform").order_by("pk"),
        "costs": costs_of(offer),
    }
    return render(request, "services/staff/sync_offer.html", context)


def _found(sync_id: int) -> Sync:
    return get_object_or_404(Sync.objects.select_related("provider", "actor"), pk=sync_id)


def _facts(sync: Sync) -> dict[str, object]:
    return {
        "sync": sync,
        "provider": sync.provider,
        "list_warning": LIST_WARNINGS.get(sync.warning, sync.warning),
        "is_first": sync.warning == ListWarning.FIRST_LIST,
        "failure": failure_words(sync.failure) if sync.failure else "",
        "rejected": rejected_words(sync.rejected),
    }


def _lines(query: QueryDict, sync: Sync) -> dict[str, object]:
    """Nothing while the list is read."""
    tabs = tabs_of(sync)
    kinds = [tab.kind for tab in tabs]
    if not kinds:
        return {"tabs": tabs}
    wanted = query.get("kind", "")
    asked = Asked(
        kind=wanted if wanted in kinds else kinds[0],
        words=query.get("q", "").strip(),
        is_warned=bool(query.get("warned")),
    )
    lines = asked.filter(sync.lines.select_related("offer")).order_by("pk")
    page = Paginator(lines, PAGE_SIZE).get_page(query.get("page"))
    return {
        "tabs": tabs,
        "asked": asked,
        "tab": tabs[kinds.index(asked.kind)],
        "about": ABOUT[asked.kind],
        "page": page,
        "rows": rows_of(page.object_list, at=timezone.now()),
        "choice": choice_of(sync),
        "results": _results(sync),
        "unsold": holdings_of(sync.provider_id).unsold,
    }


def _results(sync: Sync) -> list[tuple[str, int, int]]:
    """Of a closed reading: each kind, what was applied, and what stayed as it was."""
    if sync.state != Sync.State.APPLIED:
        return []
    applied = SyncLine.objects.filter(sync=sync, state=SyncLine.State.APPLIED)
    counts = dict(applied.order_by().values_list("kind").annotate(Count("pk")))
    return [
        (str(tab.label), counts.get(tab.kind, 0), tab.lines - counts.get(tab.kind, 0))
        for tab in tabs_of(sync)
    ]
