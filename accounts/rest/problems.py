"""What REST v3 says when it says no: problem details as RFC 9457 has them.

`code` is what programs compare, and one cause has one code, here and in API v2. `title` is the
same every time, `detail` tells of this very call. Nothing here holds what a caller sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise

from accounts.admission import Reason

MEDIA_TYPE = "application/problem+json"
# Where a program's author reads about a code; the page of the documentation has it as an anchor.
DOCUMENTATION = "/api/docs/v3/"


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause, its HTTP status, and what to do about it."""

    code: str
    status: int
    advice: str

    @property
    def title(self) -> str:
        return self.code.replace("_", " ").capitalize().replace(" api ", " API ")

    @property
    def type(self) -> str:
        return f"{settings.SITE_URL.rstrip('/')}{DOCUMENTATION}#{self.code}"


UNREADABLE = Problem("incorrect_request", 400, "The body is not a JSON object in UTF-8.")
INCORRECT = Problem("incorrect_request", 422, "Correct the members that `errors` names.")
INVALID_KEY = Problem(
    "invalid_api_key",
    401,
    "Send a key that is in force as `Authorization: Bearer` or `X-Api-Key`. A key in the address "
    "or in the body is not read.",
)
ADDRESS_REFUSED = Problem(
    "address_refused", 403, "The key's list of addresses does not hold the one you call from."
)
SCOPE_MISSING = Problem("scope_missing", 403, "The key may only read: use one that may order.")
NOT_FOUND = Problem("not_found", 404, "Nothing has this address.")
WRONG_METHOD = Problem("wrong_method", 405, "Use a method that the header Allow names.")
NOT_ACCEPTABLE = Problem("not_acceptable", 406, "Accept application/json: nothing else is sent.")
TOO_LARGE = Problem("too_large", 413, "Send less in one call.")
WRONG_MEDIA_TYPE = Problem("wrong_media_type", 415, "Send the body as application/json.")
TOO_MANY_REQUESTS = Problem(
    "too_many_requests", 429, "Wait as many seconds as Retry-After says, then go on."
)
API_SUSPENDED = Problem(
    "api_suspended",
    429,
    "Too many calls were over the limit. Wait as Retry-After says, or write to support.",
)
INTERNAL_ERROR = Problem(
    "internal_error",
    500,
    "Something went wrong on our side, and we have been told. Look at what became of it, then send "
    "it again, an order under the same Idempotency-Key.",
)
API_PAUSED = Problem("api_paused", 503, "Wait as many seconds as Retry-After says, then try again.")

AT_THE_DOOR: Mapping[Reason, Problem] = {
    Reason.INVALID_KEY: INVALID_KEY,
    Reason.ADDRESS_REFUSED: ADDRESS_REFUSED,
    # Never read from a query here, so that none was sent.
    Reason.KEY_IN_QUERY: INVALID_KEY,
    Reason.TOO_MANY: TOO_MANY_REQUESTS,
    Reason.SUSPENDED: API_SUSPENDED,
    Reason.PAUSED: API_PAUSED,
}
# What any call can be answered with.
OF_ANY_CALL = (
    UNREADABLE,
    INCORRECT,
    INVALID_KEY,
    ADDRESS_REFUSED,
    SCOPE_MISSING,
    NOT_FOUND,
    WRONG_METHOD,
    NOT_ACCEPTABLE,
    TOO_LARGE,
    WRONG_MEDIA_TYPE,
    TOO_MANY_REQUESTS,
    API_SUSPENDED,
    INTERNAL_ERROR,
    API_PAUSED,
)


class Refusal(Exception):
    """Ends a call. `errors` are the words beside each member that is wrong, by its name."""

    def __init__(
        self,
        problem: Problem,
        *,
        detail: str | Promise = "",
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.headers = dict(headers or {})
        self.body = body_of(problem, detail=str(detail), errors=errors or {})


def body_of(problem: Problem, *, detail: str, errors: Mapping[str, str]) -> dict[str, object]:
    """The members of a problem; `parameter` is the first of what `errors` names."""
    body: dict[str, object] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": detail or problem.advice,
        "code": problem.code,
    }
    if errors:
        body["parameter"] = next(iter(errors))
        body["errors"] = [{"parameter": name, "detail": text} for name, text in errors.items()]
    return body
