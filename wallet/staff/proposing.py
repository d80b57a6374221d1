"""Proposing: filled in, shown once more with what will happen, then done or left to a second."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, posted, staff_page
from accounts.models import User
from wallet.decisions import deciding as decisions
from wallet.decisions import limits
from wallet.decisions.deciding import RULES, DecisionRefused
from wallet.disputes import reversing
from wallet.models import Decision, Dispute
from wallet.pots import pots_of
from wallet.staff.forms import (
    CorrectionForm,
    DisputeUndoForm,
    ForfeitureForm,
    GoodwillForm,
    ProposalForm,
    UndoForm,
)
from wallet.staff.words import consequences, who_decides

Kind = Decision.Kind
METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@staff_page(RULES[Kind.GOODWILL].proposes)
def goodwill(request: StaffRequest, customer_id: int) -> HttpResponseBase:
    return _propose(request, GoodwillForm(posted(request), customer=_customer(customer_id)))


@require_http_methods(METHODS)
@staff_page(RULES[Kind.ADJUSTMENT].proposes)
def correct(request: StaffRequest, customer_id: int) -> HttpResponseBase:
    form = CorrectionForm(posted(request), customer=_customer(customer_id), direction="add")
    return _propose(request, form)


@require_http_methods(METHODS)
@staff_page(RULES[Kind.FORFEITURE].proposes)
def forfeit(request: StaffRequest, customer_id: int) -> HttpResponseBase:
    return _propose(request, ForfeitureForm(posted(request), customer=_customer(customer_id)))


@require_http_methods(METHODS)
@staff_page(RULES[Kind.FORFEITURE_RETURN].proposes)
def undo(request: StaffRequest, decision_id: int) -> HttpResponseBase:
    """Gives back what a forfeiture took."""
    done = Decision.objects.filter(kind=Kind.FORFEITURE, outcome=Decision.Outcome.DONE)
    forfeiture = get_object_or_404(done.select_related("customer"), pk=decision_id)
    form = UndoForm(posted(request), customer=forfeiture.customer)
    form.forfeiture = forfeiture
    return _propose(request, form)


@require_http_methods(METHODS)
@staff_page(RULES[Kind.FORFEITURE_RETURN].proposes)
def dispute_undo(request: StaffRequest, dispute_id: int) -> HttpResponseBase:
    """Gives back what a reversed payment forfeited by its terms (CHB-03)."""
    rows = Dispute.objects.select_related("deposit__customer")
    dispute = get_object_or_404(rows, pk=dispute_id)
    if not reversing.forfeited_micros(dispute):
        raise Http404
    form = DisputeUndoForm(posted(request), customer=dispute.deposit.customer)
    form.dispute = dispute
    return _propose(request, form)


def _customer(customer_id: int) -> User:
    return get_object_or_404(User, pk=customer_id)


def _propose(request: StaffRequest, form: ProposalForm) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, form)
    if not form.is_valid():
        return _show(request, form, status=422)
    step = request.POST.get("step")
    if step == "back":
        return _show(request, form)
    decision = form.decision()
    if step != "do":
        return _show_consequences(request, form, decision)
    try:
        done = decisions.propose(
            decision=decision, by=request.user, at=timezone.now(), ip=client_ip(request)
        )
    except DecisionRefused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, form, status=422)
    return _leave(request, done)


def _leave(request: StaffRequest, decision: Decision) -> HttpResponseBase:
    if decision.outcome == Decision.Outcome.WAITING:
        messages.info(request, _("Proposed. A colleague of finance has to agree."))
    else:
        messages.success(request, _("Done, and the customer gets a mail."))
    return redirect("wallet_staff:decision", decision.pk)


def _show(request: StaffRequest, form: ProposalForm, status: int = 200) -> HttpResponse:
    alone_micros = limits.left_alone_micros(
        person=request.user, kind=form.kind, customer_id=form.customer.pk, at=timezone.now()
    )
    context: dict[str, object] = {
        "form": form,
        "customer": form.customer,
        "alone_micros": alone_micros,
        "always_two": form.kind not in limits.KINDS,
    }
    if request.user.has_perm("wallet.view_account"):
        context["pots"] = pots_of(customer_id=form.customer.pk)
    return render(request, "wallet/staff/propose.html", context, status=status)


def _show_consequences(
    request: StaffRequest, form: ProposalForm, decision: Decision
) -> HttpResponse:
    decision.proposed_by, decision.proposed_at = request.user, timezone.now()
    decision.needs_second = RULES[Kind(decision.kind)].needs_second(decision)
    context = {
        "form": form,
        "customer": form.customer,
        "decision": decision,
        "consequences": consequences(decision),
        "who_decides": who_decides(decision),
    }
    return render(request, "wallet/staff/propose_check.html", context)
