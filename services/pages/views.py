from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from services import catalogue
from services.catalogue import Wanted
from services.models import Service
from wallet.money import read_number

PAGE_SIZE = 30


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    """The public catalogue, at the reader's own prices."""
    wanted = Wanted(
        platform_id=read_number(request.GET.get("platform")),
        category_id=read_number(request.GET.get("category")),
    )
    words = request.GET.get("q", "")[: catalogue.LONGEST_SEARCH]
    shelf = catalogue.browse(customer_id=request.user.pk, wanted=wanted, words=words)
    page = Paginator(shelf.services, PAGE_SIZE).get_page(request.GET.get("page"))
    template = "_services" if _is_part(request) else "service_list"
    return render(request, f"services/{template}.html", {"shelf": shelf, "page": page})


@require_safe
def service_detail(request: HttpRequest, service_id: int) -> HttpResponse:
    services = Service.objects.listed().priced_for(request.user.pk)
    service = get_object_or_404(services, pk=service_id)
    return render(request, "services/service_detail.html", {"service": service})


def _is_part(request: HttpRequest) -> bool:
    """Whether a script asks for the list alone; going back in the history wants the whole page."""
    asks = request.headers
    return asks.get("HX-Request") == "true" and "HX-History-Restore-Request" not in asks
