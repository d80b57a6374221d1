"""Staff cancel an order that nobody has sent and keep its charge (FRD-05)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, posted, staff_page
from orders.ending import denying
from orders.models import UNSENT, Order


class DenialForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        min_length=denying.SHORTEST_REASON,
        max_length=denying.LONGEST_REASON,
        help_text=gettext_lazy("Which rule was broken, and where it can be seen. It is logged."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(denying.DENYING)
def deny(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """Says what will happen; with a reason it happens."""
    order = get_object_or_404(Order, pk=order_id)
    if order.status not in UNSENT:
        messages.error(request, _too_late())
        return redirect("staff_orders:order_detail", order.pk)
    form = DenialForm(posted(request))
    if form.is_valid():
        return _deny(request, order, form.cleaned_data["reason"])
    status = 422 if form.is_bound else 200
    context = {"order": order, "form": form}
    return render(request, "orders/staff/deny.html", context, status=status)


def _deny(request: StaffRequest, order: Order, reason: str) -> HttpResponseBase:
    try:
        denying.cancel_without_refund(
            order_id=order.pk,
            actor=request.user,
            reason=reason,
            at=timezone.now(),
            ip=client_ip(request),
        )
        messages.success(request, _("Canceled. The charge stays; the customer gets a mail."))
    except denying.TooLate:
        messages.error(request, _too_late())
    except denying.OwnOrder:
        messages.error(request, _("This is your own order: colleagues look after it."))
    return redirect("staff_orders:order_detail", order.pk)


def _too_late() -> str:
    return _("Too late: a provider has the order, or it has ended.")
