"""Every error inside a call becomes a problem (RFC 9457). What is nobody's mistake but ours is
raised on: the view says that something went wrong, and the log says what (`accounts.crashing`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.rest.problems import (
    INCORRECT,
    MEDIA_TYPE,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    TOO_LARGE,
    UNREADABLE,
    WRONG_MEDIA_TYPE,
    WRONG_METHOD,
    Problem,
    Refusal,
)

_PROBLEMS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Problem], ...] = (
    ((RequestDataTooBig, TooManyFieldsSent), TOO_LARGE),
    ((exceptions.ParseError, UnreadablePostError, BadRequest, SuspiciousOperation), UNREADABLE),
    (exceptions.UnsupportedMediaType, WRONG_MEDIA_TYPE),
    (exceptions.NotAcceptable, NOT_ACCEPTABLE),
    (exceptions.MethodNotAllowed, WRONG_METHOD),
    ((Http404, exceptions.NotFound), NOT_FOUND),
)
# A member's name is the caller's text: no more of it than it takes to find it.
_LONGEST_NAME = 60


def handle(error: Exception, context: object) -> Response | None:
    """REST framework's EXCEPTION_HANDLER."""
    refusal = refusal_of(error)
    return None if refusal is None else respond(refusal)


def respond(refusal: Refusal) -> Response:
    return Response(
        refusal.body,
        status=refusal.problem.status,
        headers=refusal.headers,
        content_type=MEDIA_TYPE,
    )


def refusal_of(error: Exception) -> Refusal | None:
    """What the caller is told of an error; None for one that is not his."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, exceptions.ValidationError):
        return invalid(error.detail)
    for kinds, problem in _PROBLEMS:
        if isinstance(error, kinds):
            return Refusal(problem)
    return None


def invalid(details: object) -> Refusal:
    """What is wrong with each member, however deep it lies: "orders.3.quantity"."""
    errors: dict[str, str] = {}
    for name, text in _flat(details, ""):
        errors.setdefault(name[:_LONGEST_NAME], text)
    return Refusal(INCORRECT, detail=next(iter(errors.values()), ""), errors=errors)


def _flat(details: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(details, Mapping):
        for member, inside in details.items():
            own = "body" if member == "non_field_errors" else str(member)
            yield from _flat(inside, f"{name}.{own}" if name else own)
    elif isinstance(details, list | tuple):
        for number, inside in enumerate(details):
            is_deep = isinstance(inside, Mapping | list)
            yield from _flat(inside, f"{name}.{number}" if is_deep else name)
    else:
        yield name or "body", str(details)
