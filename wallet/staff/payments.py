"""Every top-up, found by whatever number somebody has in hand, and all that became of one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from wallet.decisions.bank_payments import payment_id_of
from wallet.gateways import registry
from wallet.gateways.manual.gateway import CODE as BANK
from wallet.models import (
    BonusGrant,
    Deposit,
    Dispute,
    ForeignRefund,
    GatewayEvent,
    Payout,
    Transfer,
)
from wallet.models.deposits import DepositQuerySet
from wallet.money import read_number
from wallet.staff.pages import read_page

SEEING = "wallet.view_reports"
MOST_EVENTS = 50


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
    gateways = {one.code: one.label for one in registry.offered()}
    gateway = request.GET.get("gateway", "")
    if gateway in gateways:
        rows = rows.filter(gateway=gateway)
    context = {
        "page": read_page(rows, below=request.GET.get("below", "")),
        "words": words,
        "state": state,
        "states": Deposit.State,
        "gateway": gateway,
        "gateways": gateways.items(),
    }
    return render(request, "wallet/staff/payments.html", context)


@require_safe
@staff_page(SEEING)
def payment(request: StaffRequest, deposit_id: int) -> HttpResponseBase:
    """One top-up with everything that is known of it."""
    rows = Deposit.objects.select_related("customer", "publication", "redemption__promotion")
    deposit = get_object_or_404(rows, pk=deposit_id)
    payouts = deposit.payouts.select_related("withdrawal").order_by("pk")
    refunds = deposit.foreign_refunds.order_by("pk")
    disputes = deposit.disputes.order_by("pk")
    warnings = deposit.fraud_warnings.order_by("pk")
    numbers = [deposit.payment_id or "", deposit.charge_id, deposit.checkout_id]
    numbers += [payout.refund_id for payout in payouts]
    numbers += [refund.refund_id for refund in refunds]
    numbers += [dispute.dispute_id for dispute in disputes]
    numbers += [warning.warning_id for warning in warnings]
    context = {
        "deposit": deposit,
        "method": registry.label_of(deposit.gateway),
        "payouts": payouts,
        "refunds": refunds,
        "disputes": disputes,
        "warnings": warnings,
        "events": _events(numbers) if request.user.has_perm("wallet.view_gatewayevent") else (),
        "transfers": _transfers(deposit, payouts, refunds, disputes),
    }
    return render(request, "wallet/staff/payment.html", context)


def _events(numbers: list[str]) -> QuerySet[GatewayEvent]:
    about = GatewayEvent.objects.about([number for number in numbers if number])
    return about.defer("payload")[:MOST_EVENTS]


def _transfers(
    deposit: Deposit, *causes: Iterable[Payout | ForeignRefund | Dispute]
) -> list[Transfer]:
    """What was booked for the top-up and for what became of it. `origin` alone would walk through
    all books: it has no index."""
    references = [deposit.reference, *(one.reference for rows in causes for one in rows)]
    grant = BonusGrant.objects.filter(deposit=deposit).first()
    if grant is not None:
        references.append(grant.reference)
    found = Transfer.objects.filter(reference__in=references).order_by("pk")
    return list(found.select_related("debit_account", "credit_account"))


def _found(rows: DepositQuerySet, words: str) -> DepositQuerySet:
    """Our number, one of the gateway's, or the customer's whole address."""
    wanted = Q(payment_id=words) | Q(charge_id=words) | Q(checkout_id=words)
    wanted |= Q(gateway=BANK, payment_id=payment_id_of(words))
    wanted |= Q(customer__email__iexact=words)
    number = read_number(words.removeprefix("#").removeprefix("deposit:"))
    if number is not None:
        wanted |= Q(pk=number)
    return rows.filter(wanted)
