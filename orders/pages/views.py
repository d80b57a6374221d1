from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import CustomerRequest, customer_page
from accounts.news import render_news
from orders.models import Order
from orders.pages import listing, newcomers, story, workspace


@require_safe
@customer_page
def dashboard(request: CustomerRequest) -> HttpResponseBase:
    """The order form beside the last orders; the poll of those comes here as well."""
    recent = listing.read_recent(customer_id=request.user.pk, at=timezone.now())
    if request.htmx:
        return render_news(
            request, "orders/_recent.html", {"recent": recent}, version=recent.version
        )
    context = {
        "work": workspace.filled_workspace(
            customer_id=request.user.pk, asked=request.GET, at=timezone.now()
        ),
        "recent": recent,
        "steps": newcomers.first_steps(customer=request.user),
    }
    return render(request, "orders/dashboard.html", context)


@require_safe
@customer_page
def order_detail(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    order = _own_order(request, order_id)
    told = story.read_story(order=order, at=timezone.now())
    if request.htmx:
        return render_news(request, "orders/_order.html", {"story": told}, version=told.version)
    return render(request, "orders/order_detail.html", {"story": told})


def _own_order(request: CustomerRequest, order_id: int) -> Order:
    return get_object_or_404(Order.objects.visible_to(request.user.pk), pk=order_id)
