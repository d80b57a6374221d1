"""The desk where staff begin: what waits, each with the way to it, as far as the person may go."""

from __future__ import annotations

from django.db.models import Count, Min
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from accounts.models import Case, KillSwitch, User
from accounts.queues import Queue
from orders.models import Claim, FollowUp
from orders.staff import claim_rows, stuck
from services.staff import overview as catalogue
from tickets.models import Ticket
from wallet.staff import overview


@require_safe
@staff_page("orders.view_order")
def staff_home(request: StaffRequest) -> HttpResponseBase:
    context = {
        "queues": _queues(request.user),
        "catalogue": catalogue.queues_of(request.user),
        "money": overview.queues_of(request.user, at=timezone.now()),
        "switched_off": KillSwitch.objects.order_by("created_at"),
    }
    return render(request, "staff_home.html", context)


def _queues(person: User) -> list[Queue]:
    readers = {
        "tickets.answer_ticket": _tickets,
        "orders.view_submission": _stuck_orders,
        "orders.view_claim": _claims,
        "orders.decide_followup": _requests,
        "orders.decide_claim": _proposals,
        "accounts.view_case": _cases,
    }
    return [read() for permission, read in readers.items() if person.has_perm(permission)]


def _tickets() -> Queue:
    waiting = Ticket.objects.filter(state=Ticket.State.WAITING_FOR_STAFF)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("waiting_since"))
    return Queue(
        title=_("Tickets waiting for an answer"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("staff_tickets:inbox"),
        action=_("Open the inbox"),
    )


def _claims() -> Queue:
    found = Claim.objects.open().order_by().aggregate(count=Count("pk"), oldest=Min("opened_at"))
    return Queue(
        title=_("Claims to answer"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("staff_orders:claims"),
        action=_("Open the claims"),
    )


def _requests() -> Queue:
    waiting = FollowUp.objects.for_people_at(at=timezone.now())
    found = waiting.aggregate(count=Count("pk"), oldest=Min("asked_at"))
    return Queue(
        title=_("Refills, cancels and speed-ups for people"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("staff_orders:requests"),
        action=_("Open the requests"),
    )


def _proposals() -> Queue:
    waiting = claim_rows.mine().waiting().order_by()
    found = waiting.aggregate(count=Count("pk"), oldest=Min("proposed_at"))
    return Queue(
        title=_("Refunds that wait for a second person"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("staff_orders:claims") + "#proposals",
        action=_("See them"),
    )


def _stuck_orders() -> Queue:
    count, oldest_at = stuck.waiting(at=timezone.now())
    return Queue(
        title=_("Stuck orders"),
        count=count,
        oldest_at=oldest_at,
        url=reverse("staff_orders:stuck"),
        action=_("See why"),
    )


def _cases() -> Queue:
    found = Case.objects.open().aggregate(count=Count("pk"), oldest=Min("opened_at"))
    return Queue(
        title=_("Open cases"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("admin:accounts_case_changelist"),
        action=_("Open the cases"),
    )
