"""The queue of what does not go on, and asking a provider about one order."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from orders.following import asking
from orders.models import Order
from orders.staff.acts import acts_for
from orders.staff.stuck import LONGEST_QUEUE, MOST_COUNTED, read_queue


@require_safe
@staff_page("orders.view_submission")
def stuck(request: StaffRequest) -> HttpResponseBase:
    """One kind at a time, the longest wait first, each line with what may be done."""
    queue = read_queue(name=request.GET.get("kind", ""), at=timezone.now())
    context = {
        "queue": queue,
        "rows": [(line, acts_for(order=line.order, person=request.user)) for line in queue.lines],
        "longest_queue": LONGEST_QUEUE,
        "most_counted": MOST_COUNTED,
    }
    return render(request, "orders/staff/stuck.html", context)


@require_POST
@staff_page("orders.view_submission")
def ask(request: StaffRequest, order_id: int) -> HttpResponseBase:
    order = get_object_or_404(Order, pk=order_id)
    asked = asking.ask_now(
        order_id=order.pk, actor=request.user, at=timezone.now(), ip=client_ip(request)
    )
    if asked:
        messages.success(request, _("The provider is asked within seconds: look again."))
    else:
        messages.error(request, _("No provider is at work on this order: there is nobody to ask."))
    return redirect("staff_orders:order_detail", order.pk)
