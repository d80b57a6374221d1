from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
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
from orders.pages.forms import OrderForm
from orders.placing import placement
from orders.refusals import OrderRefused
from services import catalogue

FOUND = 12


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
        "work": workspace.filled_workspace(customer_id=request.user.pk, asked=request.GET),
        "recent": recent,
        "steps": newcomers.first_steps(customer=request.user),
    }
    return render(request, "orders/dashboard.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST" and not request.user.is_authenticated:
        # The session ran out over a filled form: it comes back filled (UX-05).
        return redirect_to_login(workspace.address_of(request.POST))
    return _order_new(request)


@customer_page
def _order_new(request: CustomerRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _send(request)
    match request.GET.get("part") if request.htmx else None:
        case "price":
            checkout = workspace.checkout_for(customer_id=request.user.pk, asked=request.GET)
            return render(request, "orders/_price.html", {"checkout": checkout})
        case "found":
            return render(request, "orders/_found.html", _found(request))
        case _:
            work = workspace.filled_workspace(customer_id=request.user.pk, asked=request.GET)
            return _show_new(request, work, found=_found(request))


def _send(request: CustomerRequest) -> HttpResponseBase:
    """Without scripts the first press only shows the price; nothing is charged unseen (UX-21)."""
    if request.POST.get("act") == "pick":
        return redirect(workspace.address_of(request.POST, names=workspace.CHOSEN))
    form = OrderForm(request.POST, customer_id=request.user.pk)
    if not form.is_valid():
        return _show_new(request, workspace.sent_workspace(form), status=422)
    wanted = form.request()
    if wanted is None:
        return _show_new(request, workspace.sent_workspace(form), is_review=True)
    try:
        placed = placement.place_order(
            customer_id=request.user.pk, request=wanted, at=timezone.now()
        )
    except OrderRefused as refusal:
        form.refuse(refusal)
        return _show_new(request, workspace.sent_workspace(form), status=422)
    return redirect("orders:order_detail", placed.order_id)


def _show_new(
    request: CustomerRequest, work: workspace.Workspace, status: int = 200, **more: object
) -> HttpResponse:
    recent = listing.read_recent(customer_id=request.user.pk, at=timezone.now())
    context = {"work": work, "recent": recent, **more}
    template = "_workspace" if request.htmx else "order_new"
    return render(request, f"orders/{template}.html", context, status=status)


def _found(request: CustomerRequest) -> dict[str, object]:
    """What a search for a service finds, for the page without scripts and for each key press."""
    words = request.GET.get("q", "").strip()
    services = catalogue.search(words=words).priced_for(request.user.pk)[:FOUND] if words else []
    return {"words": words, "services": services, "asked": request.GET}


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
