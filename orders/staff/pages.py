"""Orders as staff see them. Provider and evidence are shown to those who may see submissions,
the books to those who may see transfers; what can be changed is the end of a doubt."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from accounts.models import User
from orders.models import Order, Proposal, Status, Submission
from orders.sending import deciding, proposing, resolving
from orders.sending.deciding import Decision, Verdict
from orders.staff.acts import acts_for
from orders.staff.claim_rows import asked_back
from orders.staff.doubts import (
    evidence_of,
    may_agree,
    proposal_about,
    two_people_from,
    two_people_words,
)
from orders.staff.forms import DecisionForm, decision_form
from orders.staff.stuck import why_stuck
from orders.staff.verdicts import DONE
from wallet.models import Transfer
from wallet.money import read_number

LONGEST_QUEUE = 100
DECIDING = deciding.PERMISSION


@require_safe
@staff_page("orders.view_order")
def find(request: StaffRequest) -> HttpResponseBase:
    """From a number to its order."""
    words = request.GET.get("q", "").strip()
    number = read_number(words.removeprefix("#"))
    if number is not None and Order.objects.filter(pk=number).exists():
        return redirect("staff_orders:order_detail", number)
    return render(request, "orders/staff/find.html", {"words": words})


@require_safe
@staff_page("orders.view_submission")
def uncertain(request: StaffRequest) -> HttpResponseBase:
    """Orders whose sending has no known outcome, the longest wait first, with the evidence."""
    waiting = Order.objects.filter(status=Status.UNCERTAIN).order_by("not_before", "pk")
    attempts = Submission.objects.filter(state=Submission.State.UNCERTAIN)
    evidence = Prefetch("submissions", attempts.select_related("provider"), to_attr="doubts")
    proposals = Prefetch("proposals", Proposal.objects.waiting(), to_attr="waiting_proposals")
    orders = waiting.select_related("customer").prefetch_related(evidence, proposals)
    context = {
        "orders": orders[:LONGEST_QUEUE],
        "total": waiting.count(),
        "longest_queue": LONGEST_QUEUE,
    }
    return render(request, "orders/staff/uncertain.html", context)


@require_safe
@staff_page("orders.view_order")
def order_detail(request: StaffRequest, order_id: int) -> HttpResponseBase:
    return _show_order(request, get_object_or_404(_with_people(), pk=order_id))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(DECIDING)
def decide(request: StaffRequest, order_id: int) -> HttpResponseBase:
    """Ends an uncertain order: what was filled in is shown with its consequences first, and done
    when it comes back confirmed. A GET (after a log-in, say) only leads to the forms."""
    order = get_object_or_404(_with_people(), pk=order_id)
    asked = request.POST.get("verdict", "")
    if request.method != "POST" or asked not in Verdict.values:
        return redirect(f"{_address(order)}#decide")
    if order.status != Status.UNCERTAIN:
        messages.error(request, deciding.what_was_decided(order_id=order.pk))
        return redirect(_address(order))
    form = decision_form(Verdict(asked), data=request.POST)
    if not form.is_valid():
        return _show_order(request, order, sent=form, status=422)
    if request.POST.get("step") == "back":
        return _show_order(request, order, sent=form)
    return _decide(request, order, form)


def _decide(request: StaffRequest, order: Order, form: DecisionForm) -> HttpResponseBase:
    decision = Decision(
        order_id=order.pk,
        submission_id=form.cleaned_data["attempt"],
        actor=request.user,
        reason=form.cleaned_data["reason"],
        at=timezone.now(),
        ip=client_ip(request),
    )
    try:
        if request.POST.get("step") != "do":
            return _show_consequences(request, order, form, decision)
        said = _carry_out(order, form, decision, request.user)
    except deciding.AlreadyDecided as refusal:
        messages.error(request, refusal.message)
        return redirect(_address(order))
    except deciding.CannotDecide as refusal:
        form.add_error("external_id" if "external_id" in form.fields else None, refusal.message)
        return _show_order(request, order, sent=form, status=422)
    messages.success(request, said)
    return redirect(_address(order))


def _carry_out(order: Order, form: DecisionForm, decision: Decision, person: User) -> str:
    """Does it, or where it takes two people writes it down; returns what to say."""
    number = form.cleaned_data.get("external_id", "")
    if deciding.needs_second(order, person=person, at=decision.at):
        proposing.propose(decision=decision, verdict=form.verdict, external_id=number)
        return str(_("Noted. Another person has to agree before anything happens."))
    match form.verdict:
        case Verdict.ATTACH:
            resolving.attach(decision=decision, external_id=number)
        case Verdict.NOT_CREATED:
            resolving.not_created(decision=decision)
        case Verdict.REFUND:
            resolving.refund(decision=decision)
    return str(DONE[form.verdict])


def _show_consequences(
    request: StaffRequest, order: Order, form: DecisionForm, decision: Decision
) -> HttpResponse:
    report = None
    if form.verdict == Verdict.ATTACH:
        number = form.cleaned_data["external_id"]
        report = resolving.look_up(decision=decision, external_id=number)
    context = {
        "order": order,
        "form": form,
        "report": report,
        "two_people_from": two_people_words(order, request.user),
    }
    return render(request, "orders/staff/decide.html", context)


def _show_order(
    request: StaffRequest, order: Order, *, sent: DecisionForm | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, object] = {
        "order": order,
        "events": order.events.select_related("actor").order_by("pk"),
        "sent": sent,
        "acts": acts_for(order=order, person=request.user),
        "stuck": why_stuck(order=order, at=timezone.now()),
        "asked": asked_back(order),
    }
    if request.user.has_perm("orders.view_submission"):
        context["submissions"] = order.submissions.select_related("provider").order_by("pk")
    if request.user.has_perm("wallet.view_transfer"):
        transfers = Transfer.objects.filter(reference=order.reference).order_by("pk")
        context["transfers"] = transfers.select_related("debit_account", "credit_account")
    if request.user.has_perm(DECIDING) and order.status == Status.UNCERTAIN:
        context |= _decisions(order, sent, request.user)
    return render(request, "orders/staff/order_detail.html", context, status=status)


def _decisions(order: Order, sent: DecisionForm | None, person: User) -> dict[str, object]:
    """The evidence, and a form for each verdict; the one that was sent keeps its input. What
    waits for a second person comes in their place."""
    evidence, proposal = evidence_of(order), proposal_about(order)
    found: dict[str, object] = {"evidence": evidence}
    if proposal is not None:
        may = may_agree(proposal, person)
        told = {"two_people_from": two_people_from(), "proposal": proposal, "may_agree": may}
        return found | told
    found["two_people_from"] = two_people_words(order, person)
    attempt = evidence.attempt if evidence else None
    forms = [
        sent if sent and sent.verdict == verdict else decision_form(verdict, attempt=attempt)
        for verdict in Verdict
    ]
    return found | {"decisions": forms}


def _with_people() -> QuerySet[Order]:
    return Order.objects.select_related("customer", "provider", "parent")


def _address(order: Order) -> str:
    return reverse("staff_orders:order_detail", args=[order.pk])
