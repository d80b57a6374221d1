"""Devices that somebody has logged in from: a signed cookie that names no one in clear.

It opens nothing. It only says that this browser has known the password of an e-mail before, so
that a stranger's guesses elsewhere need not count against it (S-09).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

_SALT = "accounts.devices"
_LASTS = timedelta(days=400)  # browsers keep no cookie longer
_MOST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Device:
    """A browser by its random number, and the marks of the e-mails that logged in with it."""

    number: str
    marks: tuple[str, ...] = ()

    def knows(self, email: str) -> bool:
        return _mark(email) in self.marks


def cookie_name() -> str:
    return "__Host-device" if settings.IS_HTTPS else "device"


def device_of(request: HttpRequest) -> Device | None:
    """Return the device that the request's cookie proves, or None."""
    try:
        number, *marks = signing.loads(
            request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=_LASTS
        )
    except (signing.BadSignature, ValueError):
        return None
    return Device(number=number, marks=tuple(marks))


def remember(*, request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Let the browser prove from now on that it has logged in with this e-mail."""
    device = device_of(request) or Device(number=secrets.token_urlsafe(12))
    others = [mark for mark in device.marks if mark != _mark(email)]
    marks = [_mark(email), *others][:_MOST_PEOPLE]
    response.set_cookie(
        cookie_name(),
        signing.dumps([device.number, *marks], salt=_SALT),
        max_age=_LASTS,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _mark(email: str) -> str:
    return salted_hmac(_SALT, email.lower(), algorithm="sha256").hexdigest()[:24]
