from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import CustomerRequest, customer_page
from orders.pages.spending import PERIODS, read_spending


@require_safe
@customer_page
def spending(request: CustomerRequest) -> HttpResponse:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[0]
    context = {
        "spending": read_spending(customer_id=request.user.pk, days=days, at=timezone.now()),
        "periods": PERIODS,
    }
    return render(request, "orders/spending.html", context)
