"""Providers at the desk: all of them with their health, one with what may be done about it, adding
one and changing one. There is no other place where a provider is changed."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.acts import log_act
from accounts.admin.logged import changes_of
from accounts.http import StaffRequest, client_ip, posted, staff_page
from services.health import reading
from services.models import Provider
from services.staff.dialect_form import DialectForm
from services.staff.provider_forms import NewProviderForm, OwnWorkForm, ProviderForm
from services.staff.provider_rows import UNFINISHED, holdings_of, read_rows
from services.staff.provider_testing import Tested, try_out
from wallet.money import plain

SEEING, ADDING, CHANGING = (f"services.{verb}_provider" for verb in ("view", "add", "change"))
_SHOWN_SYNCS = 5
_LONGEST_LOGGED = 500
DIALECT_COLUMNS = ("dialect_preset", "dialect_changes", "refusal_texts")


@require_safe
@staff_page(SEEING)
def provider_list(request: StaffRequest) -> HttpResponseBase:
    context = {"rows": read_rows(at=timezone.now())}
    return render(request, "services/staff/provider_list.html", context)


@require_safe
@staff_page(SEEING)
def provider_detail(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    """How it is, what we hold and sell of it, and its price lists."""
    provider = get_object_or_404(Provider, pk=provider_id)
    syncs = list(provider.syncs.select_related("actor").order_by("-pk")[:_SHOWN_SYNCS])
    context = {
        "provider": provider,
        "line": reading.read_line(provider_id=provider.pk, at=timezone.now()),
        "holdings": holdings_of(provider.pk),
        "syncs": syncs,
        "unfinished": next((sync for sync in syncs if sync.state in UNFINISHED), None),
    }
    return render(request, "services/staff/provider_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(ADDING)
def provider_new(request: StaffRequest) -> HttpResponseBase:
    """Stored and tested in one press; nothing is sold before its price list was imported."""
    form = NewProviderForm(posted(request))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form}
        return render(request, "services/staff/provider_new.html", context, status=status)
    with transaction.atomic():
        provider = form.save()
        _log(request, provider, act="add provider", changes=changes_of(form))
    return _tested(request, provider)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(ADDING)
def own_work_new(request: StaffRequest) -> HttpResponseBase:
    """A provider that nobody is behind but ourselves: its orders wait until they are taken."""
    form = OwnWorkForm(posted(request))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form}
        return render(request, "services/staff/own_work_new.html", context, status=status)
    with transaction.atomic():
        provider = form.save()
        _log(request, provider, act="add own work", changes=changes_of(form))
    return redirect("staff_services:provider_detail", provider.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(CHANGING)
def provider_edit(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    provider = get_object_or_404(Provider, pk=provider_id, is_manual=False)
    form = ProviderForm(posted(request), instance=provider)
    dialect = DialectForm(posted(request), provider=provider)
    if not (form.is_valid() and dialect.is_valid()):
        status = 422 if form.is_bound else 200
        # The row as it is: a form that is checked writes what was typed into the one that it has.
        shown = Provider.objects.get(pk=provider_id)
        context = {"form": form, "dialect": dialect, "provider": shown}
        return render(request, "services/staff/provider_edit.html", context, status=status)
    dialect_changes = _apply(dialect, provider)
    if changes := changes_of(form) | dialect_changes:
        with transaction.atomic():
            form.save()
            provider.save(update_fields=DIALECT_COLUMNS)
            _log(request, provider, act="change provider", changes=changes)
        messages.success(request, _("Saved."))
    if dialect_changes or {"url", "new_key"} & changes.keys():
        return _tested(request, provider)
    return redirect("staff_services:provider_detail", provider.pk)


@require_POST
@staff_page(CHANGING)
def provider_test(request: StaffRequest, provider_id: int) -> HttpResponseBase:
    return _tested(request, get_object_or_404(Provider, pk=provider_id, is_manual=False))


def _apply(dialect: DialectForm, provider: Provider) -> dict[str, list[object]]:
    """Into the row, not yet stored; returns what differs, for the log."""
    before = [str(getattr(provider, name)) for name in DIALECT_COLUMNS]
    dialect.apply_to(provider)
    after = [str(getattr(provider, name)) for name in DIALECT_COLUMNS]
    return {
        name: [old[:_LONGEST_LOGGED], new[:_LONGEST_LOGGED]]
        for name, old, new in zip(DIALECT_COLUMNS, before, after, strict=True)
        if old != new
    }


def _tested(request: StaffRequest, provider: Provider) -> HttpResponseBase:
    tested = try_out(
        provider_id=provider.pk, actor=request.user, at=timezone.now(), ip=client_ip(request)
    )
    _say(request, tested)
    return redirect("staff_services:provider_detail", provider.pk)


def _say(request: StaffRequest, tested: Tested) -> None:
    if tested.reading is None:
        messages.error(request, tested.trouble)
        return
    amount = plain(tested.reading.amount_micros, least_decimals=2)
    balance = f"{amount} {tested.reading.currency}"
    messages.success(request, _("It answers. Our balance there: %(sum)s.") % {"sum": balance})
    if tested.other_currency:
        words = _(
            "It counts in %(named)s, but its services are kept in another currency. Correct the"
            " currency before anything else: every cost is read in it."
        )
        messages.warning(request, words % {"named": tested.other_currency})


def _log(
    request: StaffRequest, provider: Provider, *, act: str, changes: dict[str, list[object]]
) -> None:
    log_act(
        actor=request.user,
        act=act,
        target=f"provider:{provider.pk}",
        changes=changes,
        ip=client_ip(request),
    )
