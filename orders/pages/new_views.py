from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.http import CustomerRequest, customer_page
from orders.models import Order
from orders.pages import addresses, listing, workspace
from orders.pages.forms import OrderForm
from orders.placing import placement
from orders.refusals import OrderRefused
from services import catalogue
from wallet.money import read_number

# More is read by nobody, and an answer has five kilobytes.
FOUND = 8


@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST" and not request.user.is_authenticated:
        # The session ran out over a filled form: it comes back filled.
        return redirect_to_login(addresses.way_back(request))
    return _order_new(request)


@customer_page
def _order_new(request: CustomerRequest) -> HttpResponseBase:
    match request.GET.get("part") if request.htmx else None:
        case "price":
            return _show_price(request)
        case "fields":
            return _show_new(request, _filled(request, _changed(request)))
        case "found":
            return render(request, "orders/_found.html", _found(request))
    if request.method == "POST":
        return _send(request)
    return _show_new(request, _filled(request, _asked(request)), found=_found(request))


def _send(request: CustomerRequest) -> HttpResponseBase:
    """Places what was sent if its whole proposal was seen before; else shows it (CAT-13)."""
    match request.POST.get("act"):
        case "pick":
            return redirect(addresses.way_back(request, names=addresses.CHOSEN))
        case "fund":
            return _add_funds(request)
    form = workspace.sent_form(request.POST, customer_id=request.user.pk)
    at = timezone.now()
    if not form.is_valid():
        workspace.name_all_problems(form, at=at)
        return _refuse(request, form)
    wanted = form.request()
    try:
        if form.has_seen(wanted):
            placed = placement.place_order(customer_id=request.user.pk, request=wanted, at=at)
            return redirect("orders:order_detail", placed.order_id)
        placement.review_order(customer_id=request.user.pk, request=wanted, at=at)
    except OrderRefused as refusal:
        form.refuse(refusal)
        workspace.name_all_problems(form, at=at)
        return _refuse(request, form)
    return _show_new(request, workspace.sent_workspace(form, at=at), is_review=True)


def _add_funds(request: CustomerRequest) -> HttpResponseBase:
    """To the top-up and back to the form as it is, also where that fits in no address."""
    back = {"return_to": addresses.way_back(request)}
    return redirect(f"{reverse('wallet:top_up')}?{urlencode(back)}")


def _refuse(request: CustomerRequest, form: OrderForm) -> HttpResponse:
    work = workspace.sent_workspace(form, at=timezone.now())
    return _show_new(request, work, status=422)


def _show_price(request: CustomerRequest) -> HttpResponse:
    filled = request.POST if request.method == "POST" else request.GET
    form = workspace.sent_form(filled, customer_id=request.user.pk)
    checkout = workspace.checkout_for(form, at=timezone.now())
    return render(request, "orders/_price.html", {"checkout": checkout})


def _filled(request: CustomerRequest, asked: dict[str, str]) -> workspace.Workspace:
    return workspace.filled_workspace(customer_id=request.user.pk, asked=asked, at=timezone.now())


def _asked(request: CustomerRequest) -> dict[str, str]:
    """What the address says, what waits as a draft for it, or an own order to place again."""
    again = read_number(request.GET.get("again"))
    order = Order.objects.visible_to(request.user.pk).filter(pk=again).first() if again else None
    copied = addresses.texts_of(order) if order else {}
    return copied | request.GET.dict() | drafts.read(request)


def _changed(request: CustomerRequest) -> dict[str, str]:
    """The form as it stands, with another choice; one out of a search brings its own category."""
    sent, found = request.POST.dict(), request.GET.dict()
    if "service" in found:
        sent = {name: text for name, text in sent.items() if name not in addresses.PICKED}
    return sent | found


def _show_new(
    request: CustomerRequest, work: workspace.Workspace, status: int = 200, **more: object
) -> HttpResponse:
    recent = listing.read_recent(customer_id=request.user.pk, at=timezone.now())
    context = {"work": work, "recent": recent, **more}
    template = "_workspace" if request.htmx else "order_new"
    return render(request, f"orders/{template}.html", context, status=status)


def _found(request: CustomerRequest) -> dict[str, object]:
    """What a search for a service finds, for the page without scripts and for each key press."""
    words, customer_id = request.GET.get("q", "").strip(), request.user.pk
    found = catalogue.search(words=words, customer_id=customer_id)
    numbers = list(found.services.values_list("pk", flat=True)[:FOUND])
    return {
        "words": words,
        "services": catalogue.read(numbers=numbers, customer_id=customer_id),
        "is_guess": found.is_guess,
        "asked": request.GET,
    }
