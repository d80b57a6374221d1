"""The queue of what customers asked for and no call carries out, and the acts on one request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from orders.followups import deciding
from orders.followups.deciding import DECIDING, Decision
from orders.followups.reasons import End
from orders.models import FollowUp
from orders.staff.followup_forms import EndForm, NoteForm, SendForm

LONGEST_QUEUE = 100
State = FollowUp.State


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue; `why` tells what a person has to do about it."""

    follow_up: FollowUp
    why: str | Promise
    is_late: bool


@require_safe
@staff_page(DECIDING)
def requests(request: StaffRequest) -> HttpResponseBase:
    """What waits for people, the nearest end of its clock first."""
    at = timezone.now()
    waiting = FollowUp.objects.for_people_at(at=at).order_by("due_at", "pk")
    rows = waiting.select_related("order__customer")[:LONGEST_QUEUE]
    context = {
        "lines": [Waiting(row, _why(row, at=at), row.due_at < at) for row in rows],
        "total": waiting.count(),
        "longest_queue": LONGEST_QUEUE,
        "passed_on": FollowUp.objects.open().count(),
    }
    return render(request, "orders/staff/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(DECIDING)
def request_detail(request: StaffRequest, follow_up_id: int) -> HttpResponseBase:
    """One request with what may be done about it; a POST does it."""
    rows = FollowUp.objects.select_related("order__customer", "asked_by", "decided_by", "provider")
    follow_up = get_object_or_404(rows, pk=follow_up_id)
    if request.method != "POST":
        return _show(request, follow_up)
    is_send = request.POST.get("act") == "send"
    form = SendForm(request.POST) if is_send else EndForm(request.POST, kind=follow_up.kind)
    if not form.is_valid():
        return _show(request, follow_up, sent=form, status=422)
    return _carry_out(request, follow_up, form)


def _carry_out(request: StaffRequest, follow_up: FollowUp, form: NoteForm) -> HttpResponseBase:
    decision = Decision(
        follow_up_id=follow_up.pk,
        actor=request.user,
        note=form.cleaned_data["note"],
        at=timezone.now(),
        ip=client_ip(request),
    )
    try:
        if isinstance(form, EndForm):
            deciding.decide(decision=decision, end=End(form.cleaned_data["end"]))
            messages.success(request, _("Done. The customer reads it on the order's page."))
        else:
            deciding.send(decision=decision)
            messages.success(request, _("It is passed on within seconds."))
    except deciding.CannotDecide as refusal:
        messages.error(request, refusal.message)
        return redirect("staff_orders:request", follow_up.pk)
    return redirect("staff_orders:requests")


def _show(
    request: StaffRequest, follow_up: FollowUp, *, sent: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    is_open = follow_up.state in FollowUp.OPEN
    ends = sent if isinstance(sent, EndForm) else EndForm(kind=follow_up.kind)
    sends = sent if isinstance(sent, SendForm) else SendForm()
    may_send = deciding.may_send(order=follow_up.order, follow_up=follow_up)
    context = {
        "follow_up": follow_up,
        "order": follow_up.order,
        "why": _why(follow_up, at=at) if is_open else "",
        "is_late": is_open and follow_up.due_at < at,
        "end_form": ends if is_open and follow_up.state != State.SENDING else None,
        "send_form": sends if may_send else None,
    }
    return render(request, "orders/staff/request.html", context, status=status)


def _why(follow_up: FollowUp, *, at: datetime) -> str | Promise:
    if follow_up.state == State.UNCERTAIN:
        return _("The answer got lost: look at the provider whether it arrived.")
    if follow_up.state == State.SENT and follow_up.provider_id is None:
        return _("A program of ours has taken it, and has not said yet what came of it.")
    if follow_up.state == State.SENT and follow_up.external_id is None:
        return _("The provider took it without a number: look at its own pages.")
    if follow_up.state == State.ASKED and follow_up.provider_id is None:
        return _("No call can carry it out: do it by hand, then say what came of it.")
    if follow_up.state == State.ASKED:
        return _("It could not be sent yet, and is tried again by itself.")
    return _("With the provider, which has not answered in time.")
