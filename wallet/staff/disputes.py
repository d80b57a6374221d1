"""Disputed payments and early fraud warnings: what became of the money, and what is to be done."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import StaffRequest, client_ip, posted, staff_page
from legal.terms import policy_of
from wallet import ledger
from wallet.disputes import reversing, warnings
from wallet.models import Dispute, FraudWarning, Transfer
from wallet.models.disputes import DisputeQuerySet
from wallet.staff.pages import read_page

SEEING = "wallet.view_reports"
ACTING = "wallet.handle_dispute"


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the payment can be trusted"),
        max_length=200,
        help_text=gettext_lazy("For the log of acts; the customer does not read it."),
    )


@require_safe
@staff_page(SEEING)
def disputes(request: StaffRequest) -> HttpResponseBase:
    """What waits, the earliest clock first; with `show=all` every dispute, newest first."""
    is_all = request.GET.get("show") == "all"
    rows = Dispute.objects.select_related("deposit__customer")
    context = {
        "is_all": is_all,
        "open": [] if is_all else _waiting(rows),
        "page": read_page(rows, below=request.GET.get("below", "")) if is_all else None,
        "warnings": FraudWarning.objects.open()
        .select_related("deposit__customer")
        .order_by("created_at"),
    }
    return render(request, "wallet/staff/disputes.html", context)


@require_safe
@staff_page(SEEING)
def dispute(request: StaffRequest, dispute_id: int) -> HttpResponseBase:
    rows = Dispute.objects.select_related("deposit__customer", "deposit__publication")
    found = get_object_or_404(rows, pk=dispute_id)
    context = {
        "dispute": found,
        "moved": ledger.reversal_of(reversing.cause_of(found)),
        "forfeited_micros": reversing.forfeited_micros(found),
        "terms": policy_of(found.deposit.publication_id),
        "transfers": _transfers([found.reference, reversing.forfeiture_of(found)]),
    }
    return render(request, "wallet/staff/dispute.html", context)


@require_safe
@staff_page(SEEING)
def warning(request: StaffRequest, warning_id: int) -> HttpResponseBase:
    return _show_warning(request, _warning(warning_id), ReleaseForm())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(ACTING)
def warning_release(request: StaffRequest, warning_id: int) -> HttpResponseBase:
    """Frees the money of a warned top-up. A GET (after a log-in, say) leads to the form."""
    found = _warning(warning_id)
    form = ReleaseForm(posted(request))
    if request.method != "POST":
        return redirect("wallet_staff:warning", found.pk)
    if not form.is_valid():
        return _show_warning(request, found, form, status=422)
    try:
        warnings.release(
            warning_id=found.pk,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
            ip=client_ip(request),
        )
        messages.success(request, _("The money is free, and the orders that waited go on."))
    except warnings.AlreadyResolved:
        messages.error(request, _("Nothing waits for this warning any more."))
    return redirect("wallet_staff:warning", found.pk)


def _waiting(rows: DisputeQuerySet) -> QuerySet[Dispute]:
    return rows.open().order_by(F("evidence_due_at").asc(nulls_last=True), "pk")


def _warning(warning_id: int) -> FraudWarning:
    rows = FraudWarning.objects.select_related("deposit__customer", "resolved_by")
    return get_object_or_404(rows, pk=warning_id)


def _show_warning(
    request: StaffRequest, found: FraudWarning, form: ReleaseForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "warning": found,
        "held": ledger.on_hold(found.reference),
        "transfers": _transfers([found.reference]),
        "form": form if found.resolved_at is None and request.user.has_perm(ACTING) else None,
    }
    return render(request, "wallet/staff/warning.html", context, status=status)


def _transfers(references: list[str]) -> QuerySet[Transfer]:
    """What happened to the money, line by line."""
    rows = Transfer.objects.filter(reference__in=references).order_by("pk")
    return rows.select_related("debit_account", "credit_account")
