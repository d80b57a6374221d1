"""Staff set an order's status and mark a customer's mistake. Both say first what they do."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, posted, staff_page
from orders.ending import limits, marking, statuses
from orders.ending.proposals import Outcome, Refused
from orders.models import Order
from orders.staff import claim_rows
from orders.staff.claim_forms import MistakeForm, StatusForm
from orders.staff.claim_pages import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(statuses.SETTING)
def set_status(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """The form, then the same with what will happen to the money, then the act."""
    order = get_object_or_404(Order.objects.select_related("customer"), pk=order_id)
    settable = statuses.settable(order)
    if not settable:
        messages.error(request, _("The order cannot be set to anything from where it is."))
        return redirect("staff_orders:order_detail", order.pk)
    form = StatusForm(posted(request), order=order, settable=settable)
    if not form.is_valid() or request.POST.get("step") == "back":
        is_wrong = form.is_bound and not form.is_valid()
        return _show(request, order, form, status=422 if is_wrong else 200)
    try:
        if request.POST.get("step") != "do":
            return _check(request, order, form)
        return _set(request, order, form)
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
        return _show(request, order, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(marking.MARKING)
def mistake(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """Marks the customer's mistake, or takes the mark off again; both with a reason."""
    order = get_object_or_404(Order.objects.select_related("customer"), pk=order_id)
    form = MistakeForm(posted(request))
    is_marked = order.user_error_at is not None
    if form.is_valid():
        act = marking.unmark_user_error if is_marked else marking.mark_user_error
        try:
            act(order_id=order.pk, reason=form.cleaned_data["reason"], actor=actor_of(request))
            return redirect("staff_orders:order_detail", order.pk)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = {"order": order, "form": form, "is_marked": is_marked}
    status = 422 if form.is_bound else 200
    return render(request, "orders/staff/mistake.html", context, status=status)


def _set(request: StaffRequest, order: Order, form: StatusForm) -> HttpResponseBase:
    proposal = statuses.set_status(order_id=order.pk, wanted=form.wanted(), actor=actor_of(request))
    if proposal.outcome == Outcome.WAITING:
        messages.info(request, _("Proposed. A second person has to agree before anything moves."))
    else:
        messages.success(request, _("The status is set."))
    return redirect("staff_orders:order_detail", order.pk)


def _check(request: StaffRequest, order: Order, form: StatusForm) -> HttpResponse:
    """What will happen, in sentences, with the two buttons."""
    wanted, actor = form.wanted(), actor_of(request)
    amount_micros = statuses.amount_of(order=order, wanted=wanted)
    needs_second = limits.is_above(
        amount_micros=amount_micros,
        person=actor.by,
        customer_id=order.customer_id,
        at=actor.at,
    )
    words = claim_rows.status_words(
        order=order,
        to=wanted.to,
        amount_micros=amount_micros,
        remains=wanted.remains,
        cancel_reason=wanted.cancel_reason,
    )
    context = {
        "order": order,
        "form": form,
        "to": wanted.to.label,
        "words": words,
        "needs_second": needs_second,
    }
    return render(request, "orders/staff/set_status_check.html", context)


def _show(request: StaffRequest, order: Order, form: StatusForm, *, status: int) -> HttpResponse:
    context = {"order": order, "form": form}
    return render(request, "orders/staff/set_status.html", context, status=status)
