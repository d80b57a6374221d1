"""Cancel, refill, speed-up: a page that says what will happen, and a POST that asks for it."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import CustomerRequest, customer_page
from orders.followups import asking, reasons
from orders.followups.offers import offers_of
from orders.followups.reasons import Reason
from orders.models import FollowUp, Order
from orders.pages.followup_words import question_for

Kind = FollowUp.Kind


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_cancel(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    """Takes the order back at once, or asks for it to be stopped, by where it is."""
    return _ask(request, order_id, Kind.CANCEL)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_refill(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    return _ask(request, order_id, Kind.REFILL)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_speed_up(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    return _ask(request, order_id, Kind.SPEED_UP)


def _ask(request: CustomerRequest, order_id: int, kind: FollowUp.Kind) -> HttpResponseBase:
    order = get_object_or_404(Order.objects.visible_to(request.user.pk), pk=order_id)
    if request.method == "POST":
        return _carry_out(request, order, kind)
    offer = offers_of(order, at=timezone.now()).of(kind)
    if offer.reason == Reason.OPEN:
        return redirect(order)
    if offer.reason is not None:
        return _refuse(request, order, kind, offer.reason)
    question = question_for(order=order, offer=offer, at=timezone.now())
    context = {"order": order, "question": question}
    return render(request, _TEMPLATES[kind], context)


def _carry_out(request: CustomerRequest, order: Order, kind: FollowUp.Kind) -> HttpResponseBase:
    try:
        answer = asking.ask(
            order_id=order.pk, customer_id=request.user.pk, kind=kind, at=timezone.now()
        )
    except asking.CannotAsk as refusal:
        if refusal.reason == Reason.OPEN:
            return redirect(order)
        order.refresh_from_db()
        return _refuse(request, order, kind, refusal.reason)
    was_canceled_before = answer.is_canceled and order.status == Order.Status.CANCELED
    if answer.is_canceled and not was_canceled_before:
        messages.success(request, _("The order is canceled. The whole charge is back."))
    elif not was_canceled_before:
        messages.success(request, _("Asked for. The answer appears on this page."))
    return redirect(order)


def _refuse(
    request: CustomerRequest, order: Order, kind: FollowUp.Kind, reason: Reason
) -> HttpResponse:
    context = {
        "order": order,
        "title": _TITLES_OFF[kind] % {"id": order.pk},
        "why": reasons.sentence(reason),
    }
    return render(request, _TEMPLATES[kind], context, status=409)


_TEMPLATES = {
    Kind.CANCEL: "orders/order_cancel.html",
    Kind.REFILL: "orders/order_refill.html",
    Kind.SPEED_UP: "orders/order_speed_up.html",
}
_TITLES_OFF = {
    Kind.CANCEL: gettext_lazy("Order %(id)s cannot be canceled any more"),
    Kind.REFILL: gettext_lazy("No refill of order %(id)s at the moment"),
    Kind.SPEED_UP: gettext_lazy("No speed-up of order %(id)s at the moment"),
}
