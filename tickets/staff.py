"""The pages of support. Acts are `conversation`'s; what was on the screen travels with the form."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import StaffRequest, staff_page
from tickets import conversation, desk
from tickets.forms import AnswerForm, SeenForm
from tickets.models import Ticket

LAST_EVENTS = 6

support_page = staff_page(conversation.ANSWERING)


@require_safe
@support_page
def inbox(request: StaffRequest) -> HttpResponseBase:
    words, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
    below = request.GET.get("below", "")
    context = {
        "inbox": desk.read_inbox(agent=request.user, show=show, words=words, below=below),
        "words": words,
        "longest_queue": desk.LONGEST_QUEUE,
    }
    return render(request, "tickets/staff/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@support_page
def ticket(request: StaffRequest, ticket_id: int) -> HttpResponseBase:
    rows = Ticket.objects.with_people().select_related("order")
    one = get_object_or_404(rows, pk=ticket_id)
    if request.method == "POST":
        return _answer(request, one)
    return _show(request, one, AnswerForm())


@require_POST
@support_page
def assign(request: StaffRequest, ticket_id: int) -> HttpResponseBase:
    """Take the ticket, or with `to=nobody` give it back."""
    one = get_object_or_404(Ticket, pk=ticket_id)
    assignee = None if request.POST.get("to") == "nobody" else request.user
    try:
        conversation.assign(ticket_id=one.pk, assignee=assignee, by=request.user)
    except conversation.NotAnAgent:
        messages.error(request, _own_ticket())
    return redirect("staff_tickets:ticket", one.pk)


@require_POST
@support_page
def close(request: StaffRequest, ticket_id: int) -> HttpResponseBase:
    one = get_object_or_404(Ticket, pk=ticket_id)
    form = SeenForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else 0
    try:
        conversation.close(ticket_id=one.pk, by=request.user, at=timezone.now(), seen=seen)
        messages.success(request, _("Ticket %(number)s is closed.") % {"number": one.pk})
    except conversation.WrittenMeanwhile:
        messages.error(request, _("Not closed: there is a newer message. Read it first."))
    except conversation.NotAnAgent:
        messages.error(request, _own_ticket())
    return redirect("staff_tickets:ticket", one.pk)


def _answer(request: StaffRequest, one: Ticket) -> HttpResponseBase:
    form = AnswerForm(request.POST)
    if one.customer_id == request.user.pk:
        form.add_error(None, _own_ticket())
    if not form.is_valid():
        return _show(request, one, form, status=422)
    try:
        conversation.reply(
            ticket_id=one.pk, author=request.user, at=timezone.now(), **form.cleaned_data
        )
    except conversation.WrittenMeanwhile:
        meanwhile = _("Not sent: somebody wrote meanwhile. Read it, then send your answer again.")
        form.add_error(None, meanwhile)
        return _show(request, one, form, status=422)
    except conversation.NotAnAgent:
        form.add_error(None, _own_ticket())
        return _show(request, one, form, status=422)
    messages.success(request, _("Your answer was sent."))
    return redirect("staff_tickets:ticket", one.pk)


def _own_ticket() -> str:
    return _("This is your own ticket: a colleague looks after it.")


def _show(request: StaffRequest, one: Ticket, form: AnswerForm, status: int = 200) -> HttpResponse:
    thread = list(one.messages.select_related("author"))
    context = {
        "ticket": one,
        "thread": thread,
        "newest": thread[-1].pk if thread else 0,
        "form": form,
        "facts": desk.facts_about(customer=one.customer, viewer=request.user),
        "events": one.order.events.order_by("-pk")[:LAST_EVENTS] if one.order else (),
    }
    return render(request, "tickets/staff/ticket.html", context, status=status)
