"""Support opens a claim for a customer who asks for money back in a ticket: the same row and the
same clock as from the page of the order (REF-12)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, client_ip, posted, staff_page
from orders.ending import claims
from orders.ending.claim_rules import grounds_of
from orders.ending.claims import LONGEST_WORDS, ClaimRefused
from orders.models import Order
from orders.pages.claim_forms import ClaimForm
from tickets import conversation
from tickets.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(conversation.ANSWERING)
def claim(request: StaffRequest, ticket_id: int) -> HttpResponseBase:
    """The customer's first words are filled in; the ticket itself stays as it is."""
    about = Ticket.objects.filter(order__isnull=False).select_related("order", "customer")
    one = get_object_or_404(about, pk=ticket_id)
    order = get_object_or_404(Order, pk=one.order_id)
    grounds = grounds_of(order=order, at=timezone.now())
    form = ClaimForm(posted(request), grounds=grounds, words=_first_words(one))
    if form.is_bound and one.customer_id == request.user.pk:
        form.add_error(None, _("This is your own ticket: a colleague looks after it."))
    if form.is_bound and form.is_valid():
        return _open(request, one, order, form)
    return _show(request, one, order, form, status=422 if form.is_bound else 200)


def _open(request: StaffRequest, one: Ticket, order: Order, form: ClaimForm) -> HttpResponseBase:
    try:
        claims.open_claim(
            order_id=order.pk,
            by=request.user,
            at=timezone.now(),
            ip=client_ip(request),
            **form.cleaned_data,
        )
    except ClaimRefused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, one, order, form, status=422)
    messages.success(request, _("The claim is open and is answered within 48 hours."))
    return redirect("staff_tickets:ticket", one.pk)


def _first_words(one: Ticket) -> str:
    first = one.messages.filter(is_from_staff=False).order_by("pk").first()
    return first.text[:LONGEST_WORDS] if first else ""


def _show(
    request: StaffRequest, one: Ticket, order: Order, form: ClaimForm, *, status: int
) -> HttpResponse:
    context = {
        "ticket": one,
        "order": order,
        "form": form,
        "grounds": grounds_of(order=order, at=timezone.now()),
    }
    return render(request, "tickets/staff/claim.html", context, status=status)
