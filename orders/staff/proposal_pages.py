"""What waits for a second person about an order's money, with all that it takes to agree or not."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import StaffRequest, staff_page
from orders.ending import agreeing
from orders.ending.proposals import Outcome, Refused
from orders.models import Proposal
from orders.staff import claim_rows
from orders.staff.claim_pages import actor_of

SEEING = "orders.view_proposal"


@require_safe
@staff_page(SEEING)
def proposal(request: StaffRequest, proposal_id: int) -> HttpResponseBase:
    one = _found(proposal_id)
    context = {
        "proposal": one,
        "order": one.order,
        "words": claim_rows.proposal_words(one),
        "is_waiting": one.outcome == Outcome.WAITING,
        "may_agree": agreeing.may_agree(one, request.user),
        "may_decline": agreeing.may_decline(one, request.user),
        "is_mine": one.proposed_by_id == request.user.pk,
    }
    return render(request, "orders/staff/proposal.html", context)


@require_POST
@staff_page(SEEING)
def agree(request: StaffRequest, proposal_id: int) -> HttpResponseBase:
    """The second person's yes."""
    one = _found(proposal_id)
    try:
        ended = agreeing.agree(proposal_id=one.pk, actor=actor_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("staff_orders:proposal", one.pk)
    if ended.outcome == Outcome.OVERTAKEN:
        messages.error(request, _("Nothing was done: the order has moved since. Look at it again."))
    else:
        messages.success(request, _("Agreed, and done."))
    return redirect("staff_orders:proposal", one.pk)


@require_POST
@staff_page(SEEING)
def turn_down(request: StaffRequest, proposal_id: int) -> HttpResponseBase:
    """No, or for who proposed it: never mind."""
    one = _found(proposal_id)
    try:
        agreeing.decline(proposal_id=one.pk, actor=actor_of(request))
        messages.success(request, _("Ended. Nothing has moved."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("staff_orders:proposal", one.pk)


def _found(proposal_id: int) -> Proposal:
    people = claim_rows.mine().select_related("order__customer", "proposed_by", "decided_by")
    return get_object_or_404(people, pk=proposal_id)
