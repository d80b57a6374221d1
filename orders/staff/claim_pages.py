"""Claims at the desk: the queue with its clocks, and one claim with the order's evidence beside it,
where it is approved in full or in part, declined, or proposed to somebody who may."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from orders.ending import claim_decisions, claims, limits
from orders.ending.claim_decisions import DECIDING
from orders.ending.proposals import PROPOSING, Actor, Outcome, Refused
from orders.models import Claim
from orders.staff import claim_rows
from orders.staff.claim_forms import ApproveForm, DeclineForm

SEEING = "orders.view_claim"


@require_safe
@staff_page(SEEING)
def queue(request: StaffRequest) -> HttpResponseBase:
    """What waits for an answer, what waits for a second person, and what was answered last."""
    waiting = claim_rows.mine().waiting().select_related("order__customer", "proposed_by")
    context = {
        "rows": claim_rows.open_rows(at=timezone.now()),
        "proposals": waiting,
        "decided": claim_rows.decided(),
    }
    return render(request, "orders/staff/claims.html", context)


@require_safe
@staff_page(SEEING)
def claim(request: StaffRequest, claim_id: int) -> HttpResponseBase:
    return _show(request, _found(claim_id))


@require_POST
@staff_page(PROPOSING)
def approve(request: StaffRequest, claim_id: int) -> HttpResponseBase:
    one = _found(claim_id)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _show(request, one, form, status=422)
    try:
        proposal = claim_decisions.approve(
            claim_id=one.pk,
            amount_micros=form.cleaned_data["amount"],
            seen_micros=form.cleaned_data["seen"],
            note=form.cleaned_data["note"],
            actor=actor_of(request),
        )
    except Refused as refusal:
        return _refuse(request, claim_id, form, refusal)
    if proposal.outcome == Outcome.WAITING:
        messages.info(request, _("Proposed. A second person has to agree before anything moves."))
    else:
        messages.success(request, _("Approved. The money is in the customer's balance."))
    return redirect("staff_orders:claim", one.pk)


@require_POST
@staff_page(DECIDING)
def decline(request: StaffRequest, claim_id: int) -> HttpResponseBase:
    one = _found(claim_id)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, one, form, status=422)
    try:
        claim_decisions.decline(claim_id=one.pk, actor=actor_of(request), **form.cleaned_data)
    except Refused as refusal:
        return _refuse(request, claim_id, form, refusal)
    messages.success(request, _("Declined. The customer gets a mail with the reason."))
    return redirect("staff_orders:claim", one.pk)


@require_POST
@staff_page(SEEING)
def expedite(request: StaffRequest, claim_id: int) -> HttpResponseBase:
    """Lets the claim come first, or with `turn=own` takes that back (REF-15)."""
    one = _found(claim_id)
    act = claims.put_back if request.POST.get("turn") == "own" else claims.put_first
    try:
        act(claim_id=one.pk, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("staff_orders:claim", one.pk)


def actor_of(request: StaffRequest) -> Actor:
    return Actor(by=request.user, at=timezone.now(), ip=client_ip(request))


def _refuse(
    request: StaffRequest, claim_id: int, form: ApproveForm | DeclineForm, refusal: Refused
) -> HttpResponseBase:
    """Beside what was typed, or above the answer that somebody else has given meanwhile."""
    one = _found(claim_id)
    if one.state != Claim.State.OPEN:
        messages.error(request, refusal.message)
        return redirect("staff_orders:claim", one.pk)
    form.add_error(refusal.field, refusal.message)
    return _show(request, one, form, status=422)


def _found(claim_id: int) -> Claim:
    rows = Claim.objects.select_related("order__customer", "order__provider", "opened_by")
    return get_object_or_404(rows.select_related("decided_by"), pk=claim_id)


def _show(
    request: StaffRequest,
    one: Claim,
    sent: ApproveForm | DeclineForm | None = None,
    status: int = 200,
) -> HttpResponse:
    order, now = one.order, timezone.now()
    context: dict[str, object] = {
        "claim": one,
        "order": order,
        **claim_rows.clock_of(one, at=now),
        "events": order.events.select_related("actor").order_by("pk"),
        "waiting": claim_rows.mine().waiting().filter(order=order).first(),
        "may_decide": request.user.has_perm(DECIDING),
        "is_own": order.customer_id == request.user.pk,
        "alone_micros": _alone_micros(request, one),
        "approve_form": sent if isinstance(sent, ApproveForm) else _filled(one),
        "decline_form": sent if isinstance(sent, DeclineForm) else DeclineForm(),
        "sent": sent,
        "ends": claim_rows.end_words(order=order, amount_micros=order.net_charge_micros),
    }
    return render(request, "orders/staff/claim.html", context, status=status)


def _alone_micros(request: StaffRequest, one: Claim) -> int:
    """What this person may grant without a second one."""
    if not request.user.has_perm(DECIDING):
        return 0
    return limits.left_alone_micros(
        person=request.user, customer_id=one.order.customer_id, at=timezone.now()
    )


def _filled(one: Claim) -> ApproveForm:
    """With what is suggested: a target, so what came back already is taken off."""
    order = one.order
    target = order.charge_micros if one.suggested_micros is None else one.suggested_micros
    amount = min(max(0, target - order.refunded_micros), order.net_charge_micros)
    return ApproveForm(initial={"amount": amount, "seen": order.refunded_micros})
