"""Cancel or refill many orders at once: first the preview, then the act."""

from __future__ import annotations

from django.contrib import messages
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, customer_page
from orders.models import FollowUp
from orders.pages import bulk, listing
from orders.pages.asked import read_asked

KINDS = (FollowUp.Kind.CANCEL, FollowUp.Kind.REFILL)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_bulk(request: CustomerRequest) -> HttpResponseBase:
    """A GET says what would happen to the orders that its address names; a POST does it for those
    that are named in it, and tells what became of each."""
    if request.method == "POST":
        return _carry_out(request)
    wanted = _wanted(request.GET)
    if wanted is None or not (wanted.chosen or wanted.is_all):
        messages.error(request, _("Tick the orders first, then choose what to do with them."))
        return redirect(read_asked(request.GET.dict())[0].url)
    shown = bulk.preview(customer_id=request.user.pk, wanted=wanted, at=timezone.now())
    return render(request, "orders/order_bulk.html", {"preview": shown, "kind": wanted.kind})


def _carry_out(request: CustomerRequest) -> HttpResponseBase:
    wanted = _wanted(request.POST)
    if wanted is None:
        return redirect("orders:order_list")
    outcomes = bulk.carry_out(
        customer_id=request.user.pk,
        kind=wanted.kind,
        order_ids=wanted.chosen,
        at=timezone.now(),
    )
    taken = sum(was_taken for _number, was_taken, _words in outcomes)
    context = {"outcomes": outcomes, "taken": taken, "kind": wanted.kind}
    return render(request, "orders/order_bulk_done.html", context)


def _wanted(data: QueryDict) -> bulk.Wanted | None:
    act = str(data.get("act", ""))
    if act not in KINDS:
        return None
    asked, _form = read_asked({name: str(data.get(name, "")) for name in data})
    return bulk.Wanted(
        kind=FollowUp.Kind(act),
        asked=asked,
        chosen=tuple(listing.read_chosen(data.getlist("order"))[: bulk.MOST_AT_ONCE]),
        is_all=data.get("scope") == "all",
    )
