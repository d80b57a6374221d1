"""The pages of what goes on by itself: drip-feeds, subscriptions, and orders of every month."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import CustomerRequest, client_ip, customer_page, posted
from orders.models import Order, Repeat, Role
from orders.pages import plan_story
from orders.pages.plan_forms import ConsentForm
from orders.plans import drip_feeds, repeats
from orders.plans.months import next_on
from orders.refusals import OrderRefused
from wallet.money import display


@require_safe
@customer_page
def plan_list(request: CustomerRequest) -> HttpResponseBase:
    mine = Order.objects.visible_to(request.user.pk).order_by("-pk")
    spread = Q(role=Role.DRIP_FEED) | Q(role=Role.SINGLE, runs__isnull=False)
    feeds = mine.filter(spread).select_related("drip_feed")
    subscriptions = mine.filter(role=Role.SUBSCRIPTION).select_related("subscription")
    context = {
        "feeds": plan_story.going_first(feeds),
        "subscriptions": plan_story.going_first(subscriptions),
        "repeats": plan_story.read_repeats(customer_id=request.user.pk),
    }
    return render(request, "orders/plan_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_stop(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    """Says what comes back first; POST begins no further run."""
    feeds = Order.objects.visible_to(request.user.pk).filter(role=Role.DRIP_FEED)
    order = get_object_or_404(feeds, pk=order_id)
    if request.method == "POST":
        try:
            drip_feeds.stop(order_id=order.pk, customer_id=request.user.pk, at=timezone.now())
        except drip_feeds.NothingToStop:
            order.refresh_from_db()
        else:
            messages.success(request, _("No further run begins. What they cost is back."))
            return redirect(order)
    return _show_stop(request, order)


def _show_stop(request: CustomerRequest, order: Order) -> HttpResponse:
    may_stop = drip_feeds.may_stop(order=order)
    context = {
        "order": order,
        "may_stop": may_stop,
        "left_micros": drip_feeds.left_micros(order=order) if may_stop else 0,
    }
    return render(request, "orders/order_stop.html", context, status=200 if may_stop else 409)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def order_repeat(request: CustomerRequest, order_id: int) -> HttpResponseBase:
    """Shows the words to agree to, with today's price in them; POST stores them."""
    order = get_object_or_404(Order.objects.visible_to(request.user.pk), pk=order_id)
    form = ConsentForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            repeat = repeats.begin(
                order_id=order.pk,
                customer_id=request.user.pk,
                agreed_micros=form.cleaned_data["charge"],
                ip=client_ip(request),
                at=timezone.now(),
            )
        except repeats.AnotherPrice as other:
            form.add_error(None, _changed(other))
        except repeats.CannotRepeat:
            return _show_repeat(request, order, None)
        except OrderRefused:
            pass  # the page says why
        else:
            day = date_format(repeat.next_on, "DATE_FORMAT") if repeat.next_on else ""
            messages.success(request, _("It is placed again on %(day)s.") % {"day": day})
            return redirect("orders:plan_list")
    return _show_repeat(request, order, form)


def _show_repeat(
    request: CustomerRequest, order: Order, form: ConsentForm | None
) -> HttpResponseBase:
    context: dict[str, object] = {"order": order, "form": form, "refused": ""}
    if form is None or not repeats.may_repeat(order=order):
        return render(request, "orders/order_repeat.html", context | {"form": None}, status=409)
    try:
        charge_micros = repeats.quote_of(order).charge_micros
    except OrderRefused as refusal:
        context |= {"form": None, "refused": refusal.message}
        return render(request, "orders/order_repeat.html", context, status=409)
    today = timezone.now().date()
    first_on = next_on(after=today, anchor_day=today.day)
    context |= {
        "charge_micros": charge_micros,
        "words": repeats.mandate_words(
            charge_micros=charge_micros, first_on=first_on, anchor_day=today.day
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "orders/order_repeat.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def repeat_agree(request: CustomerRequest, repeat_id: int) -> HttpResponseBase:
    """The same words with a higher price (SUB-07)."""
    repeat = _own_repeat(request, repeat_id)
    form = ConsentForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            repeats.agree(
                repeat_id=repeat.pk,
                customer_id=request.user.pk,
                agreed_micros=form.cleaned_data["charge"],
                ip=client_ip(request),
                at=timezone.now(),
            )
        except repeats.AnotherPrice as other:
            form.add_error(None, _changed(other))
        except (OrderRefused, Repeat.DoesNotExist):
            pass  # the page says why
        else:
            messages.success(request, _("Agreed: it goes on at the new price."))
            return redirect("orders:plan_list")
    return _show_agree(request, repeat, form)


def _show_agree(request: CustomerRequest, repeat: Repeat, form: ConsentForm) -> HttpResponseBase:
    context: dict[str, object] = {"repeat": repeat, "order": repeat.origin, "form": None}
    if repeat.next_on is None:
        return render(request, "orders/repeat_agree.html", context, status=409)
    try:
        charge_micros = repeats.quote_of(repeat.origin).charge_micros
    except OrderRefused as refusal:
        context |= {"refused": refusal.message}
        return render(request, "orders/repeat_agree.html", context, status=409)
    context |= {
        "form": form,
        "charge_micros": charge_micros,
        "words": repeats.mandate_words(
            charge_micros=charge_micros, first_on=repeat.next_on, anchor_day=repeat.anchor_day
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "orders/repeat_agree.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def repeat_cancel(request: CustomerRequest, repeat_id: int) -> HttpResponseBase:
    """Says until when it is paid for; POST places nothing any more (SUB-03)."""
    repeat = _own_repeat(request, repeat_id)
    if request.method == "POST":
        repeats.cancel(repeat_id=repeat.pk, customer_id=request.user.pk, at=timezone.now())
        messages.success(request, _("Canceled: nothing is placed or charged any more."))
        return redirect("orders:plan_list")
    is_over = repeat.next_on is None
    context = {"repeat": repeat, "order": repeat.origin, "is_over": is_over}
    return render(request, "orders/repeat_cancel.html", context, status=409 if is_over else 200)


def _own_repeat(request: CustomerRequest, repeat_id: int) -> Repeat:
    mine = Repeat.objects.filter(customer_id=request.user.pk).select_related("origin")
    return get_object_or_404(mine, pk=repeat_id)


def _changed(other: repeats.AnotherPrice) -> str:
    sentence = _("The price is now %(price)s: read the words again before you agree.")
    return sentence % {"price": display(other.charge_micros)}
