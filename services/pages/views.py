from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from services import catalogue, facts, favourites
from services.catalogue import Shelf, Wanted
from services.finding.asking import LONGEST_SEARCH
from services.models import Service
from services.pages import history
from wallet.money import read_number

PAGE_SIZE = 25
SIMILAR = 5


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    """The public catalogue, at the reader's own prices."""
    wanted = Wanted(
        platform_id=read_number(request.GET.get("platform")),
        category_id=read_number(request.GET.get("category")),
    )
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    shelf = catalogue.browse(customer_id=request.user.pk, wanted=wanted, words=words)
    page = page_of(shelf.found.services.values_list("pk", flat=True), request)
    context = {
        "shelf": shelf,
        "page": page,
        "services": catalogue.read(numbers=[*page], customer_id=request.user.pk),
        "marked": set(favourites.numbers_of(request.user.pk)),
        "canonical": "" if words else _canonical_list(shelf, page.number),
    }
    template = "_services" if _is_part(request) else "service_list"
    return render(request, f"services/{template}.html", context)


@require_safe
def service_detail(request: HttpRequest, service_id: int) -> HttpResponse:
    """All that is known of a service; of one that is gone, what is like it."""
    found = catalogue.read(numbers=[service_id], customer_id=request.user.pk)
    if not found:
        return _gone(request, service_id)
    since = timezone.now() - timedelta(days=history.DAYS)
    context = {
        "service": found[0],
        "changes": history.changes_of(service_id, since=since),
        "days": history.DAYS,
        "is_marked": service_id in favourites.numbers_of(request.user.pk),
        "canonical": _site(reverse("services:service_detail", args=[service_id])),
        "summary": facts.summary(found[0]),
    }
    return render(request, "services/service_detail.html", context)


def page_of(numbers: QuerySet[Service, int] | Sequence[int], request: HttpRequest) -> Page[int]:
    """The page that the address asks for, as numbers: the rows of thirty are read, no others."""
    return Paginator(numbers, PAGE_SIZE).get_page(request.GET.get("page"))


def _canonical_list(shelf: Shelf, number: int) -> str:
    """One address for each part of the catalogue, however somebody came to it."""
    parts = {
        "platform": shelf.platform and not shelf.category and shelf.platform.pk,
        "category": shelf.category and shelf.category.pk,
        "page": number > 1 and number,
    }
    asked = urlencode({name: value for name, value in parts.items() if value})
    return _site(reverse("services:service_list") + (f"?{asked}" if asked else ""))


def _site(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def _gone(request: HttpRequest, service_id: int) -> HttpResponse:
    """What was on sale once may be asked for by an old address; whatever was not does not exist."""
    sold_once = Service.objects.filter(updates__isnull=False).select_related("category__platform")
    service = sold_once.filter(pk=service_id).first()
    if service is None:
        raise Http404
    similar = catalogue.similar_to(service, customer_id=request.user.pk, most=SIMILAR)
    context = {"service": service, "services": similar}
    return render(request, "services/service_gone.html", context, status=404)


def _is_part(request: HttpRequest) -> bool:
    """Whether a script asks for the list alone; going back in the history wants the whole page."""
    asks = request.headers
    return asks.get("HX-Request") == "true" and "HX-History-Restore-Request" not in asks
