"""Making services of what a provider offers: where they go, what they are, what they would cost;
all of it is seen before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, posted, staff_page
from services.margins import rules
from services.models import Category, Platform, Provider, ProviderService
from services.staff.import_forms import (
    MOST_CATEGORIES,
    ChoiceForm,
    PlaceForms,
    PricedChoiceForm,
    choice_of,
    places_of,
)
from services.staff.import_rows import RawCategory, has_rule, raw_categories, samples
from services.staff.sync_words import grouped
from services.syncing.importing import Imported, import_offers, unsold
from services.syncing.places import Place
from wallet.money import read_number

IMPORTING = "services.add_service"
MOST_OFFERS = 300


@dataclass(frozen=True, slots=True)
class Page:
    """The forms of one look at it. `only` is one of the provider's categories, whose services are
    then ticked one by one."""

    provider: Provider
    only: str | None
    form: ChoiceForm
    rows: Any
    found: list[RawCategory]
    offers: list[ProviderService]

    @property
    def places(self) -> dict[str, Place]:
        """As they are typed so far."""
        if self.rows.is_bound:
            return places_of(self.rows) if self.rows.is_valid() else {}
        return {one.raw: one.suggestion.place for one in self.found}

    def wanted(self, data: QueryDict) -> list[int]:
        """The offers to import: the ticked ones, or all of the ticked categories."""
        if self.only is None:
            rows = unsold(self.provider.pk).filter(raw_category__in=list(self.places))
            return list(rows.values_list("pk", flat=True))
        return _ticked(data)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(IMPORTING)
def import_choose(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    """With `act=import` it is done; any other sending shows the prices as they would be now."""
    provider = get_object_or_404(Provider, pk=provider_id)
    page = _page(request, provider)
    if request.POST.get("act") != "import":
        _look(page.form)
        return _show(request, page, status=200)
    if page.form.is_valid() and page.rows.is_valid():
        return _import(request, page)
    return _show(request, page, status=422)


def _look(form: ChoiceForm) -> None:
    """Who only looks at prices need not have said yet what is delivered."""
    if form.is_bound and not form.is_valid():
        form.errors.pop("delivery", None)


def _page(request: StaffRequest, provider: Provider) -> Page:
    data, only = posted(request), request.GET.get("category")
    kind = ChoiceForm if has_rule(rules.load(), provider.pk) else PricedChoiceForm
    found = raw_categories(provider.pk, only=only)
    initial = [
        {
            "raw": one.raw,
            "platform": one.suggestion.place.platform,
            "category": one.suggestion.place.category,
        }
        for one in found
    ]
    offers = unsold(provider.pk).filter(raw_category=only) if only is not None else unsold(0)
    return Page(
        provider=provider,
        only=only,
        form=kind(data),
        rows=PlaceForms(data, initial=initial, prefix="places"),
        found=found,
        offers=list(offers.order_by("pk")[:MOST_OFFERS]),
    )


def _import(request: StaffRequest, page: Page) -> HttpResponseBase:
    offers = page.wanted(request.POST)
    if not offers:
        page.form.add_error(None, _("Nothing is ticked, so nothing was imported."))
        return _show(request, page, status=422)
    done = import_offers(
        offers=offers,
        choice=choice_of(page.form, provider_id=page.provider.pk, places=page.places),
        actor=request.user,
        ip=client_ip(request),
        at=timezone.now(),
    )
    messages.success(request, _said(done))
    return redirect("staff_services:provider_detail", page.provider.pk)


def _show(request: StaffRequest, page: Page, *, status: int) -> HttpResponseBase:
    context = {
        "page": page,
        "provider": page.provider,
        "form": page.form,
        "pairs": _pairs(page),
        "offers": page.offers,
        "ticked": set(_ticked(request.POST)) if page.form.is_bound else None,
        "services": sum(one.services for one in page.found),
        "is_more": len(page.found) == MOST_CATEGORIES,
        "samples": samples(
            page.provider, chosen=page.places, margin=page.form.margin, at=timezone.now()
        ),
        "platforms": Platform.objects.values_list("name", flat=True),
        "categories": Category.objects.order_by("name").values_list("name", flat=True).distinct(),
    }
    return render(request, "services/staff/import_choose.html", context, status=status)


def _pairs(page: Page) -> list[tuple[Any, RawCategory | None]]:
    """Each form with what is known of its category; one that somebody has imported meanwhile has
    nothing left to say."""
    known = {one.raw: one for one in page.found}
    return [(form, known.get(form["raw"].value() or "")) for form in page.rows]


def _ticked(data: QueryDict) -> list[int]:
    numbers = (read_number(text) for text in data.getlist("offer")[:MOST_OFFERS])
    return [number for number in numbers if number]


def _said(done: Imported) -> str:
    parts = [
        _("%(count)s services are imported, %(sale)s of them on sale.")
        % {"count": grouped(done.services), "sale": grouped(done.on_sale)}
    ]
    told = (
        (done.drafts["no_rate"], _("%(count)s stay drafts: there is no rate for the currency.")),
        (done.left_out["unknown_type"], _("%(count)s are of a type that is not known here.")),
        (done.left_out["has_service"], _("%(count)s had been imported before.")),
        (done.left_out["gone"], _("%(count)s are no longer offered.")),
    )
    parts += [words % {"count": grouped(count)} for count, words in told if count]
    return " ".join(parts)
