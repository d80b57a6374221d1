"""What changed in the catalogue: the page, and the mail about favourites that it offers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import CustomerRequest, customer_page
from services.models import CatalogueUpdate, Favourite, UpdateMail
from services.updates import mailing, reading
from services.updates.reading import Asked, Group

Kind = CatalogueUpdate.Kind

TABS = {
    "": (gettext_lazy("All"), tuple(Kind)),
    "prices": (gettext_lazy("Prices"), reading.PRICES),
    "new": (gettext_lazy("New and back"), (Kind.NEW, Kind.BACK)),
    "off": (gettext_lazy("No longer on sale"), (Kind.OFF,)),
}


@require_safe
def updates(request: HttpRequest) -> HttpResponse:
    """The newest week with changes, or the one before a day; `mine` are those of favourites."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    is_mine = request.user.is_authenticated and request.GET.get("mine") == "1"
    asked = Asked(
        before=_day(request.GET.get("before")),
        kinds=TABS[tab][1],
        country=getattr(request.user, "country", ""),
        favourites_of=request.user.pk if is_mine else None,
    )
    week = reading.week(asked)
    context = {
        "week": week,
        "tab": tab,
        "tabs": [(name, label) for name, (label, _kinds) in TABS.items()],
        "is_mine": is_mine,
        "favourites": _favourites(request, week.groups),
        "gets_mail": UpdateMail.objects.filter(customer=request.user.pk).exists(),
    }
    return render(request, "services/updates.html", context)


def _day(text: str | None) -> date:
    """The day after today where the text is none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return timezone.localdate() + timedelta(days=1)


def _favourites(request: HttpRequest, groups: Iterable[Group]) -> set[int]:
    """Which of the services that are named the reader has marked."""
    shown = [update.service_id for group in groups for update in group.named]
    mine = Favourite.objects.filter(customer=request.user.pk, service__in=shown)
    return set(mine.values_list("service_id", flat=True))


@require_POST
@customer_page
def update_mail(request: CustomerRequest) -> HttpResponse:
    """The button on the page: mails on, or off."""
    if request.POST.get("wanted") == "1":
        mailing.subscribe(customer_id=request.user.pk, at=timezone.now())
        messages.success(request, _("You get one mail on each day on which a favourite changes."))
    else:
        mailing.unsubscribe(customer_id=request.user.pk)
        messages.success(request, _("You will get no such mail."))
    return redirect("services:updates")


# The link is the proof: mail programs send the POST by themselves, without a page or a cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def update_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mails lead that somebody wants to stop, logged in or not."""
    try:
        customer_id = mailing.customer_of(token)
    except mailing.NotALink:
        return render(request, "services/update_stop.html", {"is_unknown": True}, status=404)
    is_stopped = request.method == "POST"
    if is_stopped:
        mailing.unsubscribe(customer_id=customer_id)
    return render(request, "services/update_stop.html", {"is_stopped": is_stopped})
