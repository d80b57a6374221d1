"""Favourites of a customer: the star on every page about services, and the list of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.http import CustomerRequest, customer_page
from accounts.paths import own_path
from services import catalogue, favourites
from services.models import Service
from services.pages.views import page_of


@require_safe
@customer_page
def favourite_list(request: CustomerRequest) -> HttpResponse:
    page = page_of(favourites.numbers_of(request.user.pk), request)
    numbers = [*page]
    services = catalogue.read(numbers=numbers, customer_id=request.user.pk)
    context = {
        "platforms": catalogue.platforms_for(customer_id=request.user.pk),
        "page": page,
        "services": services,
        "gone": favourites.not_on_sale(numbers=numbers, shown=services),
        "marked": set(numbers),
    }
    return render(request, "services/favourite_list.html", context)


@require_POST
@customer_page
def favourite(request: CustomerRequest, service_id: int) -> HttpResponse:
    """Marks, or with `act=remove` forgets; then back to where the star was pressed."""
    is_wanted = request.POST.get("act") != "remove"
    if is_wanted:
        service = get_object_or_404(catalogue.on_sale_for(request.user.pk), pk=service_id)
        favourites.mark(customer_id=request.user.pk, service_id=service.pk)
    else:
        favourites.unmark(customer_id=request.user.pk, service_id=service_id)
    if request.htmx:
        is_long = "long" in request.GET
        context = {"service": Service(pk=service_id), "is_marked": is_wanted, "long": is_long}
        return render(request, "services/_star.html", context)
    back = own_path(request.POST.get("next", ""))
    return redirect(f"{back or reverse('services:favourite_list')}#star-{service_id}")
