"""What waits for a second person, with all that it takes to agree or not on one screen."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm_person
from accounts.http import StaffRequest, client_ip, staff_page
from wallet.decisions import deciding as acts
from wallet.decisions.deciding import DecisionRefused
from wallet.models import Decision
from wallet.pots import holds_of, pots_of
from wallet.staff.pages import read_page
from wallet.staff.words import consequences, who_decides

Outcome = Decision.Outcome
# Support sees here only what it gave itself; who may look at money sees all.
OWN, ALL = "wallet.give_goodwill", "wallet.view_reports"
# Money leaves for good: the second person gives the password, too (WDR-14).
PAYS_OUT = (Decision.Kind.APPROVE_WITHDRAWAL, Decision.Kind.PAY_BY_HAND)
LONGEST_QUEUE = 100
LAST_ONES = 5


@require_safe
@staff_page(ALL)
def decisions(request: StaffRequest) -> HttpResponseBase:
    """What waits, the oldest first, and below it what was decided."""
    people = Decision.objects.select_related("customer", "proposed_by", "decided_by")
    decided = people.exclude(outcome=Outcome.WAITING)
    context = {
        "waiting": people.waiting()[:LONGEST_QUEUE],
        "page": read_page(decided, below=request.GET.get("below", "")),
    }
    return render(request, "wallet/staff/decisions.html", context)


@require_safe
@staff_page(OWN)
def decision(request: StaffRequest, decision_id: int) -> HttpResponseBase:
    one = get_object_or_404(_visible(request), pk=decision_id)
    context: dict[str, object] = {
        "decision": one,
        "consequences": consequences(one),
        "who_decides": who_decides(one),
        "is_waiting": one.outcome == Outcome.WAITING,
        "may_agree": acts.may_agree(one, request.user),
        "may_decline": acts.may_decline(one, request.user),
        "is_mine": one.proposed_by_id == request.user.pk,
    }
    if request.user.has_perm(ALL):
        about = Decision.objects.filter(customer=one.customer).exclude(pk=one.pk)
        context |= {
            "pots": pots_of(customer_id=one.customer_id),
            "holds": holds_of(customer_id=one.customer_id),
            "others": about.select_related("proposed_by").order_by("-pk")[:LAST_ONES],
        }
    return render(request, "wallet/staff/decision.html", context)


@require_POST
@staff_page(OWN)
def agree(request: StaffRequest, decision_id: int) -> HttpResponseBase:
    """The second person's yes; 403 for who may not be the second one."""
    one = get_object_or_404(_visible(request), pk=decision_id)
    if not acts.may_agree(one, request.user):
        messages.error(request, _("Somebody else has to agree."))
        return redirect("wallet_staff:decision", one.pk)
    if one.kind in PAYS_OUT:
        confirm_person(request)
    try:
        acts.agree(decision_id=one.pk, by=request.user, at=timezone.now(), ip=client_ip(request))
        messages.success(request, _("Agreed, and done."))
    except DecisionRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("wallet_staff:decision", one.pk)


@require_POST
@staff_page(OWN)
def decline(request: StaffRequest, decision_id: int) -> HttpResponseBase:
    """No, or for who proposed it: never mind."""
    one = get_object_or_404(_visible(request), pk=decision_id)
    if not acts.may_decline(one, request.user):
        messages.error(request, _("This is not yours to decide."))
        return redirect("wallet_staff:decision", one.pk)
    try:
        acts.decline(decision_id=one.pk, by=request.user, at=timezone.now(), ip=client_ip(request))
        messages.success(request, _("Ended. Nothing has moved."))
    except DecisionRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("wallet_staff:decision", one.pk)


def _visible(request: StaffRequest) -> QuerySet[Decision]:
    rows = Decision.objects.select_related("customer", "proposed_by", "decided_by")
    return rows if request.user.has_perm(ALL) else rows.filter(proposed_by=request.user)
