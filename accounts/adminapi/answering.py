"""The envelope of every answer, and the reasons why a call is refused.

Source: docs/admin-api.md, "Answers".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.http import JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Code(StrEnum):
    """The machine's word for what is wrong; each has one HTTP status, which is `error_code`."""

    UNREADABLE = "unreadable_request"
    INVALID_KEY = "invalid_api_key"
    ADDRESS_REFUSED = "address_refused"
    SCOPE_MISSING = "scope_missing"
    NOT_PERMITTED = "not_permitted"
    NOT_FOUND = "not_found"
    WRONG_METHOD = "method_not_allowed"
    CONFLICT = "conflict"
    TOO_LARGE = "request_too_large"
    INVALID = "invalid_parameter"
    TOO_MANY = "too_many_requests"
    INTERNAL = "internal_error"


_STATUS: Mapping[Code, int] = {
    Code.UNREADABLE: 400,
    Code.INVALID_KEY: 401,
    Code.ADDRESS_REFUSED: 403,
    Code.SCOPE_MISSING: 403,
    Code.NOT_PERMITTED: 403,
    Code.NOT_FOUND: 404,
    Code.WRONG_METHOD: 405,
    Code.CONFLICT: 409,
    Code.TOO_LARGE: 413,
    Code.INVALID: 422,
    Code.TOO_MANY: 429,
    Code.INTERNAL: 500,
}

_SENTENCES: Mapping[Code, str | Promise] = {
    Code.UNREADABLE: _("The request could not be read: send JSON or a form in UTF-8."),
    Code.INVALID_KEY: _("Send a live operator key in the header X-Api-Key."),
    Code.ADDRESS_REFUSED: _("This key may not be used from this address."),
    Code.SCOPE_MISSING: _("The key lacks the scope that this call asks for."),
    Code.NOT_PERMITTED: _("The key's owner lacks the permission that this call asks for."),
    Code.NOT_FOUND: _("There is nothing of this name or number."),
    Code.WRONG_METHOD: _("Use the method that the documentation names for this path."),
    Code.CONFLICT: _("This cannot be done now."),
    Code.TOO_LARGE: _("The request is too large."),
    Code.INVALID: _("A parameter is wrong."),
    Code.TOO_MANY: _(
        "Send at most five calls in a second with one key: wait a second, then send this one again."
    ),
    Code.INTERNAL: _(
        "Something went wrong on our side. Look at what became of it, then try again."
    ),
}


@dataclass(eq=False)
class Refusal(Exception):
    """The call, or its part about one id, is not carried out; `message` tells a person why."""

    code: Code
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        return self.message or str(_SENTENCES[self.code])

    @property
    def http_status(self) -> int:
        return _STATUS[self.code]

    def members(self) -> dict[str, object]:
        """What the envelope, or the result of one id, says about it."""
        return {
            "error_message": self.said,
            "error_code": self.http_status,
            "code": self.code.value,
        }


def invalid(name: str, why: str | Promise) -> Refusal:
    """A parameter that cannot be used, named with what it has to be."""
    return Refusal(Code.INVALID, f"{name}: {why}")


NO_ERROR: Mapping[str, object] = {"error_message": "", "error_code": 0, "code": ""}


def answer(data: object) -> JsonResponse:
    return JsonResponse({"data": data, **NO_ERROR}, headers=dict(HEADERS))


def refuse(refusal: Refusal) -> JsonResponse:
    return JsonResponse(
        {"data": None, **refusal.members()},
        status=refusal.http_status,
        headers={**HEADERS, **refusal.headers},
    )
