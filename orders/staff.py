"""Orders as staff see them. Provider and evidence are shown to those who may see submissions,
the books to those who may see transfers; nobody changes an order here."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from orders.models import Order, Status, Submission
from services.catalogue import read_number
from wallet.models import Transfer

LONGEST_QUEUE = 100


@require_safe
@staff_page("orders.view_order")
def find(request: StaffRequest) -> HttpResponseBase:
    """From a number to its order (UX-31)."""
    words = request.GET.get("q", "").strip()
    number = read_number(words.removeprefix("#"))
    if number is not None and Order.objects.filter(pk=number).exists():
        return redirect("staff_orders:order_detail", number)
    return render(request, "orders/staff/find.html", {"words": words})


@require_safe
@staff_page("orders.view_submission")
def uncertain(request: StaffRequest) -> HttpResponseBase:
    """Orders whose sending has no known outcome, the longest wait first, with the evidence."""
    waiting = Order.objects.filter(status=Status.UNCERTAIN).order_by("not_before", "pk")
    attempts = Submission.objects.filter(state=Submission.State.UNCERTAIN)
    evidence = Prefetch("submissions", attempts.select_related("provider"), to_attr="doubts")
    orders = waiting.select_related("customer").prefetch_related(evidence)
    context = {
        "orders": orders[:LONGEST_QUEUE],
        "total": waiting.count(),
        "longest_queue": LONGEST_QUEUE,
    }
    return render(request, "orders/staff/uncertain.html", context)


@require_safe
@staff_page("orders.view_order")
def order_detail(request: StaffRequest, order_id: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("customer", "provider"), pk=order_id)
    context: dict[str, object] = {
        "order": order,
        "events": order.events.select_related("actor").order_by("pk"),
    }
    if request.user.has_perm("orders.view_submission"):
        context["submissions"] = order.submissions.select_related("provider").order_by("pk")
    if request.user.has_perm("wallet.view_transfer"):
        transfers = Transfer.objects.filter(reference=order.reference).order_by("pk")
        context["transfers"] = transfers.select_related("debit_account", "credit_account")
    return render(request, "orders/staff/order_detail.html", context)
