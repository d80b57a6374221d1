"""The list of a customer's orders, and the same as a file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import CustomerRequest, customer_page
from accounts.news import render_news
from orders.models import Order
from orders.pages import listing
from orders.pages.asked import read_asked
from wallet.money import plain
from wallet.spreadsheets import csv_rows, text_cell

ROWS_AT_ONCE = 1000


@require_safe
@customer_page
def order_list(request: CustomerRequest) -> HttpResponseBase:
    asked, form = read_asked(request.GET.dict())
    page = listing.read_listing(customer_id=request.user.pk, asked=asked, at=timezone.now())
    context = {"listing": page, "form": form}
    if request.htmx:
        return render_news(request, "orders/_orders.html", context, version=page.version)
    return render(request, "orders/order_list.html", context)


@require_safe
@customer_page
def order_export(request: CustomerRequest) -> HttpResponseBase:
    """The orders that the filters leave, or those that were ticked, read piece by piece."""
    asked, _form = read_asked(request.GET.dict())
    found = listing.matching(customer_id=request.user.pk, asked=asked, at=timezone.now())
    chosen = listing.read_chosen(request.GET.getlist("order"))
    if chosen and request.GET.get("scope") != "all":
        found = found.filter(pk__in=chosen)
    rows = found.order_by("-pk").iterator(chunk_size=ROWS_AT_ONCE)
    response = StreamingHttpResponse(
        csv_rows(itertools.chain([_head()], _cells(rows))), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response


def _head() -> tuple[str, ...]:
    return (
        _("Order"),
        _("Time (UTC)"),
        _("Service"),
        _("Name of the service"),
        _("Link"),
        _("Quantity"),
        _("Status"),
        _("At the start"),
        _("Remaining"),
        _("Charge, USD"),
        _("Paid back, USD"),
    )


def _cells(orders: Iterator[Order]) -> Iterator[tuple[object, ...]]:
    for order in orders:
        yield (
            order.pk,
            order.created_at.isoformat(timespec="seconds"),
            order.service_id,
            text_cell(str(order.snapshot["name"])),
            text_cell(order.link),
            order.units,
            order.get_status_display(),
            "" if order.start_count is None else order.start_count,
            "" if order.remains is None else order.remains,
            plain(order.charge_micros, least_decimals=2),
            plain(order.refunded_micros, least_decimals=2),
        )
