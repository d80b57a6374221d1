"""Calls the panel's own API over the network, once a minute, as any program would (API-07).

The call names a key that nobody has: the right answer to it has come through the web server, the
door of the API and the database, and charges nobody. Rules: docs/availability.md.
"""

from __future__ import annotations

import http.client
import json
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from accounts import switches
from accounts.models import KillSwitch
from orders.models import ApiProbe

TIMEOUT_SECONDS = 10
# An answer takes a hundred bytes; whoever sends more is not the API.
_MOST_BYTES = 4096
_BODY = "action=balance&key=nobody"
_EXPECTED = "invalid_api_key"
KEPT = timedelta(days=90)
# Before the status, where it was another one.
HTTP = "http_"


def probe(*, at: datetime) -> ApiProbe:
    """Asks, and notes the answer for the minute of `at`; a second probe of a minute notes none."""
    started = time.monotonic()
    reason = _paused() or _trouble(settings.API_PROBE_URL or settings.SITE_URL)
    noted = ApiProbe(
        minute=at.replace(second=0, microsecond=0),
        is_up=not reason,
        took_ms=round((time.monotonic() - started) * 1000),
        reason=reason,
    )
    ApiProbe.objects.bulk_create([noted], ignore_conflicts=True)
    return noted


def _paused() -> str:
    """Who has switched the API off has made it unavailable, whatever it answers."""
    return "paused" if switches.reason_off(KillSwitch.Part.API) else ""


def _trouble(site: str) -> str:
    """A word for what was wrong; "" where the answer is the right one."""
    try:
        status, body = _post(site)
    except TimeoutError:
        return "timeout"
    except OSError:
        return "no_connection"
    except http.client.HTTPException:
        return "no_http"
    if status != http.HTTPStatus.OK:
        return f"{HTTP}{status}"
    return "" if _is_right(body) else "wrong_answer"


def _post(site: str) -> tuple[int, bytes]:
    parts = urlsplit(site)
    is_tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "panel-probe",
    }
    try:
        connection.request("POST", parts.path.rstrip("/") + reverse("api_v2"), _BODY, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_BYTES)
    finally:
        connection.close()


def _is_right(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("code") == _EXPECTED


def forget_old(*, at: datetime) -> None:
    ApiProbe.objects.filter(minute__lt=at - KEPT).delete()
