"""Orders that wait for staff before anything is sent: why each does, and the end of the wait."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import StaffRequest, client_ip, posted, staff_page
from orders.models import BlockedTerm, Order, Status
from orders.placing import reviewing
from services import parameters
from services.types import spec_of

LONGEST_QUEUE = 100


@dataclass(frozen=True, slots=True)
class Held:
    """A held order, what it is held for in sentences, and the texts that came with it."""

    order: Order
    terms: list[str]
    texts: list[tuple[str, str]]


class ReviewForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=reviewing.SHORTEST_REASON,
        max_length=reviewing.LONGEST_REASON,
        help_text=gettext_lazy("It is logged. If you refuse the order, its customer reads it."),
    )


@require_safe
@staff_page(reviewing.REVIEWING)
def held(request: StaffRequest) -> HttpResponseBase:
    """What is held because of what it names, the longest wait first."""
    waiting = Order.objects.filter(status=Status.HELD).select_related("customer").order_by("pk")
    found = [_held(order) for order in waiting[:LONGEST_QUEUE]]
    context = {
        "lines": [line for line in found if line.terms],
        "elsewhere": sum(not line.terms for line in found),
        "longest_queue": LONGEST_QUEUE,
        "is_cut": len(found) == LONGEST_QUEUE,
    }
    return render(request, "orders/staff/held.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(reviewing.REVIEWING)
def review(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """Says what each of the two decisions will do; with a reason, one is carried out."""
    order = get_object_or_404(Order.objects.select_related("customer"), pk=order_id)
    line = _held(order)
    if not line.terms:
        messages.error(request, _too_late())
        return redirect("staff_orders:order_detail", order.pk)
    form = ReviewForm(posted(request))
    if form.is_valid() and request.POST.get("act") in ("release", "refuse"):
        return _decide(request, order, form.cleaned_data["reason"])
    return _show(request, line, form)


def _held(order: Order) -> Held:
    words = {
        BlockedTerm.Kind.HOST.value: _("It leads to %(text)s, which is blocked."),
        BlockedTerm.Kind.KEYWORD.value: _("It names “%(text)s”, which is blocked."),
    }
    found = [term.partition(":") for term in reviewing.blocked_terms(order)]
    spec = spec_of(str(order.snapshot["type"]))
    sent = parameters.upstream(spec=spec, values=order.parameters)
    labels = {parameter.name: str(parameter.label) for parameter in spec.parameters}
    return Held(
        order=order,
        terms=[words[kind] % {"text": text} for kind, _colon, text in found],
        texts=[(labels[name], text) for name, text in sent.items()],
    )


def _show(request: StaffRequest, line: Held, form: ReviewForm) -> HttpResponse:
    context = {"line": line, "order": line.order, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "orders/staff/review.html", context, status=status)


def _decide(request: StaffRequest, order: Order, reason: str) -> HttpResponseBase:
    is_release = request.POST["act"] == "release"
    act = reviewing.release if is_release else reviewing.refuse
    try:
        act(
            order_id=order.pk,
            actor=request.user,
            reason=reason,
            at=timezone.now(),
            ip=client_ip(request),
        )
    except reviewing.TooLate:
        messages.error(request, _too_late())
    except reviewing.OwnOrder:
        messages.error(request, _("This is your own order: colleagues look after it."))
    else:
        messages.success(
            request,
            _("Released: the order is sent now.")
            if is_release
            else _("Refused. The whole charge is back, and the customer gets a mail."),
        )
    return redirect("staff_orders:held")


def _too_late() -> str:
    return _("Too late: this order does not wait for a review.")
