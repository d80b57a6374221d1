"""How available the API is, for everybody: now, and over a day, a week and a month (API-07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from orders.availability import measuring
from orders.availability.measuring import PROMISED_OVER
from orders.availability.probing import HTTP

WINDOWS: Mapping[str, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": PROMISED_OVER,
}
TITLES: Mapping[str, Promise] = {
    "day": _("24 hours"),
    "week": _("7 days"),
    "month": _("30 days"),
}
REASONS: Mapping[str, Promise] = {
    "timeout": _("No answer in time"),
    "no_connection": _("No connection"),
    "no_http": _("No readable answer"),
    "wrong_answer": _("A wrong answer"),
    "paused": _("Paused by the operator"),
}


def words(reason: str) -> str | Promise:
    """What people read for the word of a probe."""
    if reason.startswith(HTTP):
        return _("Answered with status %(status)s") % {"status": reason.removeprefix(HTTP)}
    return REASONS.get(reason, reason)


@require_safe
def api_status(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    windows, now = measuring.measured(WINDOWS, at=at), measuring.now_at(at)
    context = {
        "now": now,
        "windows": [(TITLES[name], window) for name, window in windows.items()],
        "month": windows["month"],
        "outages": [
            (outage, words(outage.reason), now.is_within(outage))
            for outage in windows["month"].outages
        ],
        "promised_percent": measuring.PROMISED_PERCENT,
        "allowed_down": measuring.allowed_down(),
    }
    # Whoever looks has one clock with everybody else who talks about an outage.
    with timezone.override(UTC):
        return render(request, "orders/api_status.html", context)
