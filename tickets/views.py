from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import CustomerRequest, customer_page
from accounts.news import render_news
from legal.durations import Duration
from legal.models import Publication
from legal.terms import policy_of
from tickets import conversation, drafts, refund_requests
from tickets.compromised import ANSWER_WITHIN
from tickets.forms import ReplyForm, TicketForm
from tickets.models import Ticket
from tickets.opening import open_asked
from tickets.pages import read_page


@require_safe
@customer_page
def ticket_list(request: CustomerRequest) -> HttpResponseBase:
    mine = Ticket.objects.visible_to(request.user.pk)
    shows_closed = request.GET.get("state") == "closed"
    tickets = mine.closed() if shows_closed else mine.open()
    context = {
        "page": read_page(tickets.with_last_message(), below=request.GET.get("below", "")),
        "shows_closed": shows_closed,
        "counts": mine.aggregate(
            open=Count("pk", filter=Q(closed_at=None)),
            closed=Count("pk", filter=Q(closed_at__isnull=False)),
        ),
    }
    return render(request, "tickets/ticket_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_new(request: HttpRequest) -> HttpResponseBase:
    return _log_in_first(request) or _ticket_new(request)


@customer_page
def _ticket_new(request: CustomerRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _open(request)
    prefilled = {name: request.GET[name] for name in ("topic", "order") if name in request.GET}
    form = TicketForm(customer=request.user, initial=prefilled | drafts.read(request))
    return _show_new(request, form)


def _log_in_first(request: HttpRequest) -> HttpResponseBase | None:
    """The session ran out over a written message: it comes back after the log-in."""
    if request.method != "POST" or request.user.is_authenticated:
        return None
    return redirect_to_login(drafts.way_back(request))


def _open(request: CustomerRequest) -> HttpResponseBase:
    form = TicketForm(request.POST, customer=request.user)
    if not form.is_valid():
        return _show_new(request, form, status=422)
    if refund_requests.is_asked_for(customer=request.user, subject=form.cleaned_data["subject"]):
        messages.info(request, _("Money back is asked for here. Your words are kept."))
        return redirect(drafts.way_back(request, reverse("tickets:refund_request")))
    try:
        ticket = open_asked(customer=request.user, asked=form.cleaned_data, at=timezone.now())
    except conversation.TooManyMessages as refusal:
        form.add_error(None, _wait_for(refusal))
        return _show_new(request, form, status=429)
    messages.success(request, _("Your ticket has reached us."))
    return redirect(ticket)


def _show_new(request: CustomerRequest, form: TicketForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "promise": _promise()}
    return render(request, "tickets/ticket_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_detail(request: HttpRequest, ticket_id: int) -> HttpResponseBase:
    return _log_in_first(request) or _ticket_detail(request, ticket_id)


@customer_page
def _ticket_detail(request: CustomerRequest, ticket_id: int) -> HttpResponseBase:
    ticket = _own_ticket(request, ticket_id)
    if request.method == "POST":
        return _reply(request, ticket)
    if request.htmx:
        return _news(request, ticket)
    return _show(request, ticket, ReplyForm(initial=drafts.read(request)))


@require_POST
@customer_page
def ticket_close(request: CustomerRequest, ticket_id: int) -> HttpResponseBase:
    ticket = _own_ticket(request, ticket_id)
    conversation.close(ticket_id=ticket.pk, by=request.user, at=timezone.now())
    messages.success(request, _("The ticket is closed."))
    return redirect(ticket)


def _own_ticket(request: CustomerRequest, ticket_id: int) -> Ticket:
    mine = Ticket.objects.visible_to(request.user.pk).select_related("order", "withdrawal")
    return get_object_or_404(mine, pk=ticket_id)


def _reply(request: CustomerRequest, ticket: Ticket) -> HttpResponseBase:
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _show(request, ticket, form, status=422)
    text = form.cleaned_data["text"]
    try:
        conversation.reply(ticket_id=ticket.pk, author=request.user, text=text, at=timezone.now())
    except conversation.TooManyMessages as refusal:
        form.add_error(None, _wait_for(refusal))
        return _show(request, ticket, form, status=429)
    messages.success(request, _("Your message has reached us."))
    return redirect(ticket)


def _news(request: CustomerRequest, ticket: Ticket) -> HttpResponse:
    context = _conversation(ticket)
    version = str(context["version"])
    return render_news(request, "tickets/_conversation.html", context, version=version)


def _show(
    request: CustomerRequest, ticket: Ticket, form: ReplyForm, status: int = 200
) -> HttpResponse:
    context = {**_conversation(ticket), "form": form}
    return render(request, "tickets/ticket_detail.html", context, status=status)


def _conversation(ticket: Ticket) -> dict[str, object]:
    thread = list(ticket.messages.all())
    return {
        "ticket": ticket,
        "thread": thread,
        "version": f"{ticket.state}-{thread[-1].pk if thread else 0}{_money_version(ticket)}",
        "takes": refund_requests.bank_time(ticket),
        "promise": ANSWER_WITHIN if ticket.is_urgent else _promise(),
    }


def _money_version(ticket: Ticket) -> str:
    """Where the money of a request for money back stands, so that a change of it is news."""
    if ticket.withdrawal is None:
        return ""
    states = ticket.withdrawal.payouts.order_by("pk").values_list("state", flat=True)
    return "-".join(["", ticket.withdrawal.state, *states])


def _promise() -> Duration | None:
    """How soon the terms in force promise an answer (TCK-03)."""
    publication = Publication.objects.in_force(at=timezone.now()).first()
    return policy_of(publication.pk).support_sla if publication else None


def _wait_for(refusal: conversation.TooManyMessages) -> str:
    time = date_format(timezone.localtime(refusal.free_at), "TIME_FORMAT")
    sentence = _("You have written %(count)s messages within an hour. The next can go at %(time)s.")
    return sentence % {"count": conversation.HOURLY_MESSAGES, "time": time}
