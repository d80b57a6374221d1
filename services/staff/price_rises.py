"""What is off sale because its cost rose, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from services.margins import deciding, repricing, rises
from services.margins.arithmetic import change_bp, floor_of
from services.margins.deciding import Waiting
from services.models import Alternative, Service
from services.staff.price_effects import PAGE_SIZE
from wallet.money import read_number


@dataclass(frozen=True, slots=True)
class Other:
    """Another provider's service that could deliver it; its cost in micros of a dollar."""

    alternative: Alternative
    cost_micros: int | None
    is_fit: bool


@dataclass(frozen=True, slots=True)
class RiseRow:
    waiting: Waiting
    service: Service
    rise_bp: int | None
    others: list[Other]


@require_safe
@staff_page("services.view_pricerule")
def price_rises(request: StaffRequest) -> HttpResponseBase:
    services = (
        rises.waiting()
        .select_related("provider_service__provider")
        .prefetch_related("alternatives__provider_service__provider")
        .order_by("provider_service__provider__name", "pk")
    )
    page: Page[Service] = Paginator(services, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request, "services/staff/price_rises.html", {"page": page, "rows": _rows(list(page))}
    )


@require_POST
@staff_page("services.change_service")
def price_rises_decide(request: StaffRequest) -> HttpResponseBase:
    """The ticked ones are sold at the shown price, or left off; or one is switched."""
    if "switch" in request.POST:
        _switch(request)
    elif request.POST.get("act") == "sell":
        _sell(request)
    elif request.POST.get("act") == "keep":
        _keep(request)
    return redirect("staff_services:price_rises")


def _sell(request: StaffRequest) -> None:
    shown = _chosen(request.POST.getlist("chosen"))
    priced = {number: price for number, price in shown.items() if price is not None}
    done = deciding.sell(shown=priced, actor=request.user, ip=client_ip(request), at=timezone.now())
    text = ngettext(
        "%(number)d service is on sale again.",
        "%(number)d services are on sale again.",
        done.put_back,
    )
    messages.success(request, text % {"number": done.put_back})
    if left := len(shown) - done.put_back:
        text = ngettext(
            "%(number)d was left: its cost, its rule or what its provider takes has changed.",
            "%(number)d were left: their costs, rules or what their providers take have changed.",
            left,
        )
        messages.warning(request, text % {"number": left})


def _keep(request: StaffRequest) -> None:
    number = deciding.keep_off(
        service_ids=list(_chosen(request.POST.getlist("chosen"))),
        actor=request.user,
        ip=client_ip(request),
        at=timezone.now(),
    )
    text = ngettext(
        "%(number)d service stays off sale until a person puts it back.",
        "%(number)d services stay off sale until a person puts them back.",
        number,
    )
    messages.success(request, text % {"number": number})


def _switch(request: StaffRequest) -> None:
    service, _colon, alternative = request.POST["switch"].partition(":")
    try:
        done = deciding.switch(
            service_id=read_number(service) or 0,
            alternative_id=read_number(alternative) or 0,
            actor=request.user,
            ip=client_ip(request),
            at=timezone.now(),
        )
    except (Service.DoesNotExist, Alternative.DoesNotExist, deciding.CannotDeliver):
        text = _("Nothing was changed: this provider cannot take it over any more.")
        messages.error(request, text)
        return
    if done.put_back:
        messages.success(request, _("Switched, and on sale again."))
    else:
        text = _("Switched. It stays off sale: its price does not cover the cost there either.")
        messages.warning(request, text)


def _chosen(values: Iterable[str]) -> dict[int, int | None]:
    """Price in micros by service; None where nobody knows one."""
    found: dict[int, int | None] = {}
    for value in values:
        service, _colon, price = value.partition(":")
        number = read_number(service)
        if number is not None:
            found[number] = (
                int(price) if len(price) < 19 and price.isascii() and price.isdigit() else None
            )
    return found


def _rows(services: list[Service]) -> list[RiseRow]:
    now = timezone.now()
    per_dollar = repricing.today(at=now).per_dollar
    by_number = {service.pk: service for service in services}
    waiting = {each.row.pk: each for each in deciding.waiting(list(by_number), at=now)}
    rows: list[RiseRow] = []
    for number, service in by_number.items():
        found = waiting.get(number)
        if found is None:
            continue
        basis = found.row.terms.accepted_micros
        rose = change_bp(basis, found.floor_micros) if basis and found.floor_micros else None
        others = [_other(service, each, per_dollar) for each in service.alternatives.all()]
        rows.append(RiseRow(found, service, rose, others))
    return rows


def _other(service: Service, alternative: Alternative, per_dollar: Mapping[str, int]) -> Other:
    offer = alternative.provider_service
    rate = per_dollar.get(offer.provider.currency.lower())
    return Other(
        alternative=alternative,
        cost_micros=floor_of(offer.dearest_micros, rate),
        is_fit=rate is not None and deciding.delivers(service, offer),
    )
