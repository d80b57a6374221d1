"""Bank transfers that customers say they made: staff compare them with the bank's statement."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from wallet.attachments import proof_file
from wallet.decisions import bank_payments as acts
from wallet.decisions import deciding as decisions
from wallet.decisions.deciding import RULES, DecisionRefused
from wallet.gateways.manual.gateway import CODE
from wallet.gateways.manual.reference import deposit_id_in, reference_of
from wallet.models import Decision, Deposit, Proof
from wallet.staff.bank_forms import ConfirmForm, DeclineForm
from wallet.staff.words import consequences, who_decides

KIND = Decision.Kind.CONFIRM_DEPOSIT
ACTING = RULES[KIND].proposes
LONGEST_QUEUE = 100
_PAID = (Deposit.State.PAID, Deposit.State.QUARANTINED)


@require_safe
@staff_page(ACTING)
def bank_payments(request: StaffRequest) -> HttpResponseBase:
    """Who says to have paid, the longest wait first; a reference leads to its top-up."""
    words = request.GET.get("q", "").strip()
    found = _deposits().filter(pk=deposit_id_in(words) or 0).first() if words else None
    if found is not None:
        return redirect("wallet_staff:bank_payment", found.pk)
    waiting = _deposits().filter(state=Deposit.State.PROCESSING).order_by("proof__given_at")
    deposits = list(waiting[:LONGEST_QUEUE])
    context = {
        "rows": [(deposit, reference_of(deposit.pk)) for deposit in deposits],
        "total": waiting.count(),
        "longest_queue": LONGEST_QUEUE,
        "proposed": _proposed(deposits),
        "words": words,
    }
    return render(request, "wallet/staff/bank_payments.html", context)


@require_safe
@staff_page(ACTING)
def bank_payment(request: StaffRequest, deposit_id: int) -> HttpResponseBase:
    return _show(request, _deposit(deposit_id))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(ACTING)
def bank_confirm(request: StaffRequest, deposit_id: int) -> HttpResponseBase:
    """Shows what confirming would do, and proposes it when it comes back confirmed."""
    deposit = _deposit(deposit_id)
    if request.method != "POST":
        return redirect("wallet_staff:bank_payment", deposit.pk)
    form = ConfirmForm(request.POST, deposit=deposit)
    if not form.is_valid():
        return _show(request, deposit, confirm=form, status=422)
    if request.POST.get("step") == "back":
        return _show(request, deposit, confirm=form)
    if request.POST.get("step") != "do":
        return _check(request, deposit, form)
    try:
        done = decisions.propose(
            decision=form.decision(), by=request.user, at=timezone.now(), ip=client_ip(request)
        )
    except DecisionRefused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, deposit, confirm=form, status=422)
    messages.success(
        request,
        _("Proposed: a colleague has to agree.") if done.needs_second else _("Credited."),
    )
    return redirect("wallet_staff:bank_payment", deposit.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(ACTING)
def bank_decline(request: StaffRequest, deposit_id: int) -> HttpResponseBase:
    deposit = _deposit(deposit_id)
    if request.method != "POST":
        return redirect("wallet_staff:bank_payment", deposit.pk)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, deposit, decline=form, status=422)
    try:
        acts.decline(
            deposit_id=deposit.pk,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
            ip=client_ip(request),
        )
    except DecisionRefused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, deposit, decline=form, status=422)
    messages.success(request, _("Declined. Nothing was credited; the customer gets a mail."))
    return redirect("wallet_staff:bank_payments")


@require_safe
@staff_page(ACTING)
def bank_proof(request: StaffRequest, deposit_id: int) -> HttpResponseBase:
    return proof_file(get_object_or_404(Proof, deposit=_deposit(deposit_id)))


def _deposits() -> QuerySet[Deposit]:
    rows = Deposit.objects.filter(gateway=CODE)
    return rows.select_related("customer", "proof").defer("proof__content")


def _deposit(deposit_id: int) -> Deposit:
    return get_object_or_404(_deposits(), pk=deposit_id)


def _proposed(deposits: list[Deposit]) -> set[str]:
    """The references of those that wait for a second person."""
    subjects = [deposit.reference for deposit in deposits]
    waiting = Decision.objects.waiting().filter(kind=KIND, subject__in=subjects)
    return set(waiting.values_list("subject", flat=True))


def _show(
    request: StaffRequest,
    deposit: Deposit,
    *,
    confirm: ConfirmForm | None = None,
    decline: DeclineForm | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = Decision.objects.waiting().filter(kind=KIND, subject=deposit.reference)
    context = {
        "deposit": deposit,
        "reference": reference_of(deposit.pk),
        "proof": Proof.objects.filter(deposit=deposit).defer("content").first(),
        "waiting": waiting.first(),
        "may_confirm": deposit.state not in _PAID,
        "confirm": confirm or ConfirmForm(deposit=deposit),
        "decline": decline or DeclineForm(),
    }
    return render(request, "wallet/staff/bank_payment.html", context, status=status)


def _check(request: StaffRequest, deposit: Deposit, form: ConfirmForm) -> HttpResponse:
    decision = form.decision()
    decision.proposed_by, decision.proposed_at = request.user, timezone.now()
    decision.needs_second = RULES[KIND].needs_second(decision)
    context = {
        "deposit": deposit,
        "form": form,
        "decision": decision,
        "is_other_amount": decision.amount_micros != deposit.asked_micros,
        "consequences": consequences(decision),
        "who_decides": who_decides(decision),
    }
    return render(request, "wallet/staff/bank_check.html", context)
