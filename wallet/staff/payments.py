"""Every top-up, found by whatever number somebody has in hand, and all that became of one."""

from __future__ import annotations

from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from wallet.gateways import registry
from wallet.models import Deposit, Transfer
from wallet.models.deposits import DepositQuerySet
from wallet.staff.pages import number_in, read_page

SEEING = "wallet.view_reports"


@require_safe
@staff_page(SEEING)
def payments(request: StaffRequest) -> HttpResponseBase:
    words = request.GET.get("q", "").strip()
    state = request.GET.get("state", "")
    rows = Deposit.objects.select_related("customer")
    if words:
        rows = _found(rows, words)
    if state in Deposit.State.values:
        rows = rows.filter(state=state)
    context = {
        "page": read_page(rows, below=request.GET.get("below", "")),
        "words": words,
        "state": state,
        "states": Deposit.State,
    }
    return render(request, "wallet/staff/payments.html", context)


@require_safe
@staff_page(SEEING)
def payment(request: StaffRequest, deposit_id: int) -> HttpResponseBase:
    """One top-up with everything that is known of it."""
    rows = Deposit.objects.select_related("customer", "publication")
    deposit = get_object_or_404(rows, pk=deposit_id)
    about = Q(reference=deposit.reference) | Q(origin=deposit.reference)
    transfers = Transfer.objects.filter(about).order_by("pk")
    context = {
        "deposit": deposit,
        "method": registry.label_of(deposit.gateway),
        "transfers": transfers.select_related("debit_account", "credit_account"),
    }
    return render(request, "wallet/staff/payment.html", context)


def _found(rows: DepositQuerySet, words: str) -> DepositQuerySet:
    """Our number, one of the gateway's, or the customer's whole address."""
    wanted = Q(payment_id=words) | Q(charge_id=words) | Q(checkout_id=words)
    wanted |= Q(customer__email__iexact=words)
    number = number_in(words.removeprefix("#").removeprefix("deposit:"))
    if number is not None:
        wanted |= Q(pk=number)
    return rows.filter(wanted)
