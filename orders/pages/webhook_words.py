"""What became of a try, and how a message stands, in words for its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import WebhookAttempt, WebhookMessage
from orders.webhooks.sending import GONE, LIMITS

Tone = Literal["ok", "run", "warn", "bad"]

_ERRORS: Mapping[str, str | Promise] = {
    "url": gettext_lazy("Nothing is sent to such an address: change it."),
    "address": gettext_lazy("The host's name leads to a private address: nothing was sent."),
    "dns": gettext_lazy("The host's name was not found."),
    "connect": gettext_lazy("Your server did not take the connection."),
    "connect_timeout": gettext_lazy("No connection to your server in time."),
    "tls": gettext_lazy("No secure connection: is the certificate valid for this name?"),
    "reset": gettext_lazy("Your server closed the connection without an answer."),
    "malformed_http": gettext_lazy("The answer of your server was not HTTP."),
    "secret": gettext_lazy("We could not read the secret, so nothing was sent: replace it."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    word: str
    tone: Tone


def standing(message: WebhookMessage, *, last: WebhookAttempt | None) -> Standing:
    """`last` is its newest try: one that is sent again after it arrived has not failed."""
    if message.delivered_at is not None:
        return Standing(_("Delivered"), "ok")
    if message.given_up_at is not None:
        return Standing(_("Given up"), "bad")
    if last is None or _is_accepted(last.http_status):
        return Standing(_("Waits"), "run")
    return Standing(_("Failed, will be tried again"), "warn")


def _is_accepted(http_status: int | None) -> bool:
    return http_status is not None and 200 <= http_status < 300


def outcome(attempt: WebhookAttempt) -> str:
    status = attempt.http_status
    if status is None:
        late = _("No answer within {seconds} seconds.").format(
            seconds=f"{LIMITS.deadline_seconds:.0f}"
        )
        return str(_ERRORS.get(attempt.error, late))
    if _is_accepted(status):
        return _("Accepted with {status}.").format(status=status)
    if 300 <= status < 400:
        return _("{status}: redirects are not followed. Enter the final address.").format(
            status=status
        )
    if status == GONE:
        return _("410 Gone: your server wants no more.")
    return _("Your server answered {status}.").format(status=status)
