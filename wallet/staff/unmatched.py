"""Money at a gateway that was credited to nobody: who looks at it decides what it was."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from wallet.decisions import deciding as decisions
from wallet.decisions import unmatched as acts
from wallet.decisions.deciding import RULES, DecisionRefused
from wallet.models import Decision, UnmatchedPayment
from wallet.staff.pages import read_page
from wallet.staff.unmatched_forms import CloseForm, CreditForm
from wallet.staff.words import consequences, who_decides

SEEING = "wallet.view_reports"
ACTING = RULES[Decision.Kind.CREDIT_PAYMENT].proposes


@require_safe
@staff_page(SEEING)
def unmatched(request: StaffRequest) -> HttpResponseBase:
    """What is open, or with `show=all` everything, newest first."""
    rows = UnmatchedPayment.objects.select_related("deposit", "resolved_by")
    is_all = request.GET.get("show") == "all"
    if not is_all:
        rows = rows.open()
    context = {
        "page": read_page(rows, below=request.GET.get("below", "")),
        "is_all": is_all,
    }
    return render(request, "wallet/staff/unmatched.html", context)


@require_safe
@staff_page(SEEING)
def unmatched_payment(request: StaffRequest, unmatched_id: int) -> HttpResponseBase:
    return _show(request, _payment(unmatched_id))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(ACTING)
def unmatched_credit(request: StaffRequest, unmatched_id: int) -> HttpResponseBase:
    """Shows what crediting would do, and proposes it when it comes back confirmed."""
    payment = _payment(unmatched_id)
    if request.method != "POST":
        return redirect("wallet_staff:unmatched_payment", payment.pk)
    form = CreditForm(request.POST, payment=payment)
    if not form.is_valid():
        return _show(request, payment, credit=form, status=422)
    if request.POST.get("step") == "back":
        return _show(request, payment, credit=form)
    decision = form.decision()
    if request.POST.get("step") != "do":
        return _check(request, payment, form, decision)
    try:
        done = decisions.propose(
            decision=decision, by=request.user, at=timezone.now(), ip=client_ip(request)
        )
    except DecisionRefused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, payment, credit=form, status=422)
    messages.success(request, _("Done.") if not done.needs_second else _("Proposed."))
    return redirect("wallet_staff:decision", done.pk)


@require_POST
@staff_page(ACTING)
def unmatched_close(request: StaffRequest, unmatched_id: int) -> HttpResponseBase:
    """Off the list with a word about what became of it; nothing moves."""
    payment = _payment(unmatched_id)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _show(request, payment, close=form, status=422)
    try:
        acts.close(
            unmatched_id=payment.pk,
            resolution=form.cleaned_data["resolution"],
            by=request.user,
            at=timezone.now(),
            ip=client_ip(request),
        )
        messages.success(request, _("Off the list. Nothing has moved in the books."))
    except acts.ResolvedAlready:
        messages.error(request, _("Somebody has dealt with it already."))
    return redirect("wallet_staff:unmatched_payment", payment.pk)


def _payment(unmatched_id: int) -> UnmatchedPayment:
    rows = UnmatchedPayment.objects.select_related("deposit__customer", "resolved_by")
    return get_object_or_404(rows, pk=unmatched_id)


def _show(
    request: StaffRequest,
    payment: UnmatchedPayment,
    *,
    credit: CreditForm | None = None,
    close: CloseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = Decision.objects.waiting().filter(subject=acts.reference_of(payment))
    context = {
        "payment": payment,
        "credit": credit or CreditForm(payment=payment),
        "close": close or CloseForm(),
        "waiting": waiting.first(),
        "may_act": payment.resolved_at is None and request.user.has_perm(ACTING),
    }
    return render(request, "wallet/staff/unmatched_payment.html", context, status=status)


def _check(
    request: StaffRequest, payment: UnmatchedPayment, form: CreditForm, decision: Decision
) -> HttpResponse:
    decision.proposed_by, decision.proposed_at = request.user, timezone.now()
    decision.needs_second = RULES[Decision.Kind.CREDIT_PAYMENT].needs_second(decision)
    context = {
        "payment": payment,
        "form": form,
        "decision": decision,
        "customer": decision.customer,
        "consequences": consequences(decision),
        "who_decides": who_decides(decision),
    }
    return render(request, "wallet/staff/unmatched_check.html", context)
