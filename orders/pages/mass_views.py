from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import drafts, switches
from accounts.http import CustomerRequest, customer_page
from accounts.models import KillSwitch
from orders.pages import mass_page
from orders.pages.mass_forms import LONGEST_TEXT, MassForm
from orders.pages.mass_page import MassPage
from orders.placing import mass
from orders.placing.mass import CheckedLine
from wallet import money


@require_http_methods(["GET", "HEAD", "POST"])
def order_mass(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST" and not request.user.is_authenticated:
        # The session ran out over a filled box: it comes back filled.
        return redirect_to_login(_way_back(request))
    return _order_mass(request)


@customer_page
def _order_mass(request: CustomerRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, MassForm(initial=drafts.read(request)))
    if request.POST.get("act") == "fund":
        back = {"return_to": _way_back(request)}
        return redirect(f"{reverse('wallet:top_up')}?{urlencode(back)}")
    form = MassForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    page = mass_page.preview(
        customer_id=request.user.pk,
        form=form,
        form_key=_form_key(request.POST.get("key", "")),
        at=timezone.now(),
    )
    if request.htmx and request.GET.get("part") == "sum":
        return render(request, "orders/_mass_sum.html", {"page": page})
    if request.POST.get("act") == "place" and _has_seen(request, page):
        return _place(request, page)
    return _show(request, _box(page), page, status=200 if page.good else 422)


def _has_seen(request: CustomerRequest, page: MassPage) -> bool:
    """Whether just these lines were shown with these prices, on a form that is known."""
    is_known = page.key == request.POST.get("key")
    return is_known and bool(page.chosen) and page.sum.shown_for == request.POST.get("shown_for")


def _place(request: CustomerRequest, page: MassPage) -> HttpResponseBase:
    at = timezone.now()
    answers = mass.place_lines(
        customer_id=request.user.pk, lines=page.sum.lines, form_key=page.key, at=at
    )
    placed = [line for line in answers if line.order_id]
    refused = [line for line in answers if not line.order_id]
    done = {line.line.number for line in (*page.lines, *placed) if line.order_id}
    rest = [line for line in page.lines if line.line.number not in done]
    if not rest:
        messages.success(request, _words(placed))
        return redirect("orders:order_list")
    left = mass_page.preview_of_rest(
        customer_id=request.user.pk,
        rest=rest,
        wanted={line.line.number for line in refused},
        at=at,
    )
    report = {"placed": placed, "refused": refused, "words": _words(placed)}
    return _show(request, _box(left), left, status=200 if placed else 422, **report)


def _box(page: MassPage) -> MassForm:
    """What came out of a file stands in the box from now on."""
    return MassForm(initial={"lines": page.text})


def _words(placed: Sequence[CheckedLine]) -> str:
    words = ngettext(
        "%(count)s order is placed for %(sum)s.",
        "%(count)s orders are placed for %(sum)s.",
        len(placed),
    )
    total = sum(line.charge_micros for line in placed)
    return words % {"count": len(placed), "sum": money.display(total)}


def _show(
    request: CustomerRequest,
    form: MassForm,
    page: MassPage | None = None,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    switched_off = switches.reason_off(KillSwitch.Part.ORDERS)
    context = {"form": form, "page": page, "switched_off": switched_off, **more}
    return render(request, "orders/order_mass.html", context, status=status)


def _way_back(request: HttpRequest) -> str:
    """Here again with what is in the box. Raises RedisError when the cache does not answer."""
    sent = {"lines": request.POST["lines"]} if request.POST.get("lines") else {}
    name = drafts.keep(request, sent, longest=LONGEST_TEXT)
    return request.path if name is None else f"{request.path}?{urlencode({drafts.NAME: name})}"


def _form_key(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
