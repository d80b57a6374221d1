"""What the desk of support has before it: the tabs of open tickets, and facts about a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from accounts.models import User
from orders.models import Order
from tickets.models import Ticket
from tickets.pages import Page, read_page
from wallet.balances import spendable_micros

LONGEST_QUEUE = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """One tab of open tickets; `oldest_at` is since when the longest of those waiting waits."""

    name: str
    label: str
    total: int
    waiting: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What support may know about a customer; no balance without the permission to see it."""

    orders: int
    tickets: int
    balance_micros: int | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The tabs and the tickets below them; no queue is chosen for closed ones and for a search."""

    queues: list[Queue]
    queue: Queue | None
    page: Page


def read_inbox(*, agent: User, show: str, words: str, below: str) -> Inbox:
    """What the desk shows: a search wins over a tab, an unknown tab is the first one."""
    queues = _queues(agent)
    rows = Ticket.objects.with_people()
    if words:
        page = read_page(rows.about(words), below=below)
    elif show == "closed":
        page = read_page(rows.closed(), below=below)
    else:
        queue = next((queue for queue in queues if queue.name == show), queues[0])
        waiting = rows.open().filter(_whose(queue.name, agent)).longest_wait_first()
        # Whoever waits longest is on top, so nobody has to leaf through a queue.
        page = Page(tickets=list(waiting[:LONGEST_QUEUE]), is_first=True, below=None)
        return Inbox(queues=queues, queue=queue, page=page)
    return Inbox(queues=queues, queue=None, page=page)


def facts_about(*, customer: User, viewer: User) -> Facts:
    may_see_money = viewer.has_perm("wallet.view_account")
    return Facts(
        orders=Order.objects.visible_to(customer.pk).count(),
        tickets=Ticket.objects.visible_to(customer.pk).count(),
        balance_micros=spendable_micros(customer_id=customer.pk) if may_see_money else None,
    )


def _queues(agent: User) -> list[Queue]:
    labels = {"all": _("All open"), "mine": _("Mine"), "unassigned": _("Nobody's")}
    wanted: dict[str, Count | Min] = {}
    for name in labels:
        whose = _whose(name, agent)
        wanted[f"{name}_total"] = Count("pk", filter=whose)
        wanted[f"{name}_waiting"] = Count("waiting_since", filter=whose)
        wanted[f"{name}_oldest"] = Min("waiting_since", filter=whose)
    figures = Ticket.objects.open().aggregate(**wanted)
    return [
        Queue(
            name=name,
            label=label,
            total=figures[f"{name}_total"],
            waiting=figures[f"{name}_waiting"],
            oldest_at=figures[f"{name}_oldest"],
        )
        for name, label in labels.items()
    ]


def _whose(name: str, agent: User) -> Q:
    match name:
        case "mine":
            return Q(assignee=agent)
        case "unassigned":
            return Q(assignee=None)
        case _:
            return Q(pk__isnull=False)
