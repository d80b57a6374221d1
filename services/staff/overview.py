"""What waits about the catalogue, for the desk where staff begin."""

from __future__ import annotations

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Case, User
from accounts.queues import Queue
from services.health import reading
from services.margins import rises, sweeping
from services.models import Sync


def queues_of(person: User) -> list[Queue]:
    """The queues that this person may work on."""
    readers = {
        "services.view_provider": _providers,
        "services.view_sync": _price_lists,
        "services.view_pricerule": _cost_rises,
        "wallet.view_displayrate": _currencies,
    }
    return [read() for permission, read in readers.items() if person.has_perm(permission)]


def _providers() -> Queue:
    count, oldest_at = reading.count_troubled()
    return Queue(
        title=_("Providers down or paused"),
        count=count,
        oldest_at=oldest_at,
        url=reverse("staff_services:health_list"),
        action=_("See their health"),
    )


def _price_lists() -> Queue:
    found = Sync.objects.filter(state=Sync.State.OPEN).aggregate(
        count=Count("pk"), oldest=Min("began_at")
    )
    return Queue(
        title=_("Price lists to look at"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("staff_services:provider_list"),
        action=_("Open the providers"),
    )


def _cost_rises() -> Queue:
    since = Case.objects.open().filter(kind=Case.Kind.COST_ROSE, key__startswith="provider:")
    return Queue(
        title=_("Services off sale for their cost"),
        count=rises.waiting().count(),
        oldest_at=since.aggregate(oldest=Min("opened_at"))["oldest"],
        url=reverse("staff_services:price_rises"),
        action=_("Decide"),
    )


def _currencies() -> Queue:
    found = sweeping.open_questions().aggregate(count=Count("pk"), oldest=Min("opened_at"))
    return Queue(
        title=_("Rates and currencies that prices wait for"),
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse("staff_services:price_rates"),
        action=_("Look at them"),
    )
