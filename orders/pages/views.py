from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import CustomerRequest, customer_page
from accounts.news import render_news
from orders.ending import canceling
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


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_cancel(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    """Asks first, takes the order back on POST; both are refused once it is on its way."""
    order = _own_order(request, order_id)
    if request.method == "POST":
        return _cancel(request, order)
    is_late = not canceling.may_cancel(order=order, at=timezone.now())
    return _show_cancel(request, order, is_late=is_late)


def _cancel(request: CustomerRequest, order: Order) -> HttpResponseBase:
    try:
        canceling.cancel(order_id=order.pk, customer_id=request.user.pk, at=timezone.now())
    except canceling.TooLate:
        order.refresh_from_db()
        if order.status != Order.Status.CANCELED:
            return _show_cancel(request, order, is_late=True)
    else:
        messages.success(request, _("The order is canceled. The whole charge is back."))
    return redirect(order)


def _show_cancel(request: CustomerRequest, order: Order, *, is_late: bool) -> HttpResponse:
    context = {"order": order, "is_late": is_late}
    status = 409 if is_late else 200
    return render(request, "orders/order_cancel.html", context, status=status)


def _own_order(request: CustomerRequest, order_id: int) -> Order:
    return get_object_or_404(Order.objects.visible_to(request.user.pk), pk=order_id)
