"""What a customer pays less than others, and how much is missing to the next level."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.http import CustomerRequest, customer_page
from services.margins.levels import levels, standing_of
from services.models import CustomPrice, GroupDiscount

MOST_OWN = 100


@require_safe
@customer_page
def your_prices(request: CustomerRequest) -> HttpResponse:
    standing = standing_of(request.user)
    group = standing.membership.group if standing.membership else None
    own = CustomPrice.objects.filter(customer=request.user, service__is_active=True)
    context = {
        "standing": standing,
        "group": group,
        "levels": levels(),
        "discounts": _discounts(group.pk if group else None),
        "own_prices": own.select_related("service").order_by("service__name", "pk")[:MOST_OWN],
    }
    return render(request, "services/your_prices.html", context)


def _discounts(group_id: int | None) -> QuerySet[GroupDiscount]:
    """What holds instead of the group's own discount, the widest first."""
    found = GroupDiscount.objects.filter(group=group_id)
    found = found.select_related("platform", "category__platform", "service")
    return found.order_by("platform__name", "category__name", "service__name")
