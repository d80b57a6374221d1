"""The withdrawal function: step one is the button on the order's page, or the form with the
order's number and e-mail for whoever is not logged in; step two confirms."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import bans, throttling
from accounts.http import CustomerRequest, client_ip, customer_page, posted
from orders.followups import withdrawing
from orders.followups.asking import CannotAsk
from orders.followups.reasons import Reason
from orders.models import Order
from orders.pages.claim_forms import WithdrawalForm
from orders.pages.claim_story import STOP_PLAN, read_withdrawal
from orders.plans import drip_feeds

# A person needs one or two. What is asked for one mailbox counts whatever is found, and from all
# networks together: who is locked out by that has links in the mailbox, or logs in.
LINKS_AN_HOUR = 10
HOUR_SECONDS = 3600
# Where the terms decided, they are linked.
_BY_TERMS = (Reason.TERMS, Reason.CANNOT_STOP, Reason.RUNS_BEGUN, Reason.ENDED)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_withdraw(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    """Step two for whoever is logged in."""
    order = get_object_or_404(Order.objects.visible_to(request.user.pk), pk=order_id)
    if request.method != "POST":
        return _show(request, order)
    try:
        done = _withdraw(order)
    except CannotAsk:
        return _show(request, order, status=409)
    messages.success(request, done)
    return redirect(order)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: HttpRequest) -> HttpResponseBase:
    """Step one without a log-in. The answer is the same whatever was found."""
    form = WithdrawalForm(posted(request))
    if not form.is_valid():
        return _show_form(request, form, status=422 if form.is_bound else 200)
    if _is_too_often(ip=client_ip(request), email=form.cleaned_data["email"]):
        form.add_error(None, _("Too many tries. Please try again in an hour, or log in."))
        return _show_form(request, form, status=429)
    withdrawing.mail_link(
        number=form.cleaned_data["number"],
        email=form.cleaned_data["email"],
        path=reverse("orders:withdrawal_link", args=["TOKEN"]),
        at=timezone.now(),
    )
    return render(request, "orders/withdrawal_sent.html", {"email": form.cleaned_data["email"]})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Step two by the mailed link. Opening it does nothing: programs open links in mails, too."""
    try:
        order = withdrawing.order_of(token)
    except withdrawing.UnknownLink:
        return render(request, "orders/withdrawal_unknown.html", status=404)
    if request.method != "POST":
        return _show(request, order)
    try:
        done = _withdraw(order)
    except CannotAsk:
        return _show(request, order, status=409)
    context = {"order": order, "done": done}
    return render(request, "orders/withdrawal_done.html", context)


def _show(request: HttpRequest, order: Order, status: int = 200) -> HttpResponse:
    """What would happen, with the button; or in words why nothing would, by the rule that the act
    itself follows."""
    withdrawal = read_withdrawal(order=order, at=timezone.now())
    is_plan = withdrawal.way == STOP_PLAN
    is_by_terms = withdrawal.reason in _BY_TERMS
    context = {
        "order": order,
        "withdrawal": withdrawal,
        "left_micros": drip_feeds.left_micros(order=order) if is_plan else 0,
        "terms": order.publication.versions_in(get_language()) if is_by_terms else (),
    }
    return render(request, "orders/order_withdraw.html", context, status=status)


def _is_too_often(*, ip: str, email: str) -> bool:
    mailbox = hashlib.sha256(bans.mailbox_of(email).encode(errors="replace")).hexdigest()
    buckets = (f"withdrawal:{throttling.network_of(ip)}", f"withdrawal:mailbox:{mailbox}")
    return any(
        throttling.hit(bucket=bucket, limit=LINKS_AN_HOUR, seconds=HOUR_SECONDS) is not None
        for bucket in buckets
    )


def _show_form(request: HttpRequest, form: WithdrawalForm, *, status: int) -> HttpResponse:
    return render(request, "orders/withdrawal.html", {"form": form}, status=status)


def _withdraw(order: Order) -> str:
    """Takes the order back in its customer's name; returns what was done. Raises CannotAsk."""
    customer_id, at = order.customer_id, timezone.now()
    try:
        answer = withdrawing.withdraw(order_id=order.pk, customer_id=customer_id, at=at)
    except CannotAsk as refusal:
        if refusal.reason != Reason.RUNS_BEGUN:
            raise
        return _stop_plan(order, refusal, at=at)
    if answer.is_canceled:
        return _("You have withdrawn. The charge is in the balance again; a receipt is on its way.")
    return _("We have your withdrawal and ask to stop the order; a receipt is on its way.")


def _stop_plan(order: Order, refusal: CannotAsk, *, at: datetime) -> str:
    """Of a drip-feed that runs, what has not begun is taken back; with the receipt, or not at all.
    Raises the refusal where no run is left to keep from beginning."""
    try:
        with transaction.atomic():
            drip_feeds.stop(order_id=order.pk, customer_id=order.customer_id, at=at)
            withdrawing.send_receipt(order_id=order.pk, outcome="stopped", at=at)
    except drip_feeds.NothingToStop:
        raise refusal from None
    return _("You have withdrawn: no further run begins. A receipt is on its way.")
