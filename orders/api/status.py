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


@require_safe
def api_status(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    windows = measuring.measured(WINDOWS, at=at)
    context = {
        "now": measuring.now_at(at),
        "windows": [(TITLES[name], window) for name, window in windows.items()],
        "month": windows["month"],
        "outages": [
            (outage, REASONS.get(outage.reason, outage.reason))
            for outage in windows["month"].outages
        ],
        "promised_percent": measuring.PROMISED_PERCENT,
        "allowed_down": measuring.allowed_down(),
    }
    # Whoever looks has one clock with everybody else who talks about an outage.
    with timezone.override(UTC):
        return render(request, "orders/api_status.html", context)
