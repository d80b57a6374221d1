"""A customer claims money back for an order, and sees what became of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, client_ip, customer_page, posted
from orders.ending import claims
from orders.ending.claim_rules import grounds_of
from orders.ending.claims import ClaimRefused
from orders.models import Order
from orders.pages.claim_forms import ClaimForm


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_claim(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    """The form with what is open; where nothing is, the reasons why."""
    order = get_object_or_404(Order.objects.visible_to(request.user.pk), pk=order_id)
    grounds = grounds_of(order=order, at=timezone.now())
    form = ClaimForm(posted(request), grounds=grounds)
    if form.is_valid():
        return _open(request, order, form)
    return _show(request, order, form, status=422 if form.is_bound else 200)


def _open(request: CustomerRequest, order: Order, form: ClaimForm) -> HttpResponseBase:
    try:
        claims.open_claim(
            order_id=order.pk,
            by=request.user,
            at=timezone.now(),
            ip=client_ip(request),
            **form.cleaned_data,
        )
    except ClaimRefused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, order, form, status=422)
    messages.success(request, _("We have your claim. It is answered within 48 hours."))
    return redirect(f"{order.get_absolute_url()}#claims")


def _show(
    request: CustomerRequest, order: Order, form: ClaimForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "order": order,
        "form": form,
        "grounds": grounds_of(order=order, at=timezone.now()),
    }
    return render(request, "orders/order_claim.html", context, status=status)
