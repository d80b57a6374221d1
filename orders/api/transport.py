"""One call, however it came: query, form, multipart, JSON and headers become named texts.

Tolerant where clients differ (aliases, empty means absent, unknown names ignored), strict where a
guess would cost money: a parameter has one value, which is a text or a whole number. The secret is
taken out of the request, so that no error report can print it. Sources: API-04, S-08, S-23, S-24.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.core import exceptions
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise

from orders.api.errors import INCORRECT_REQUEST, TOO_LARGE, UNREADABLE, ApiError
from wallet.money import InvalidAmount, parse_whole

# What may come in a header instead, and the parameter that it stands for.
HEADERS: Mapping[str, str] = {"X-Api-Key": "key", "Idempotency-Key": "request_id"}

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_BEARER = "bearer "
# NUL, halves of surrogate pairs, and what a decoder leaves behind of bytes that were no text.
_UNCLEAN = re.compile("[\x00\ud800-\udfff\ufffd]")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name, what it is for, and the other names under which clients send it."""

    name: str
    about: str | Promise
    sample: str = ""
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    is_list: bool = False
    # What stands between the members of a JSON array, where a list is one text otherwise.
    joined_by: str = ","


@dataclass(frozen=True, slots=True)
class Call:
    """What was sent, by name. It may hold the caller's secret and never shows itself."""

    sent: Mapping[str, list[object]] = field(repr=False)

    def text(self, parameter: Parameter) -> str:
        """The one value of the parameter, "" if there is none. Raises ApiError for several
        different ones and for what is neither a text nor a whole number."""
        names = (parameter.name, *parameter.aliases)
        values = (value for name in names for value in self.sent.get(name, ()))
        texts = {_text(value, parameter=parameter) for value in values} - {""}
        if len(texts) > 1:
            raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
        return texts.pop() if texts else ""

    def whole(self, parameter: Parameter) -> int | None:
        """A number in plain ASCII digits; None for any other text. Raises ApiError like `text`."""
        try:
            return parse_whole(self.text(parameter))
        except InvalidAmount:
            return None


def read(request: HttpRequest) -> Call:
    """The call in a request, which no longer holds its query afterwards. Raises ApiError."""
    sent: dict[str, list[object]] = {}
    try:
        for name, value in _pairs(request):
            sent.setdefault(name, []).append(value)
    except (
        exceptions.RequestDataTooBig,
        exceptions.TooManyFieldsSent,
        exceptions.TooManyFilesSent,
    ):
        raise ApiError(TOO_LARGE) from None
    except (exceptions.BadRequest, MultiPartParserError, UnreadablePostError):
        raise ApiError(UNREADABLE) from None
    return Call(sent)


def _pairs(request: HttpRequest) -> Iterator[tuple[str, object]]:
    yield from _headers(request)
    yield from _members(_take_query(request))
    if request.method != "POST":
        return
    # Before anything is read: Django would put the files of a form on disk first.
    if _length_of_body(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise ApiError(TOO_LARGE)
    if request.content_type not in _FORMS:
        yield from _json_members(request.body)
    elif codecs.lookup(request.encoding or "utf-8").name != "utf-8":
        raise ApiError(UNREADABLE)
    else:
        yield from _members(request.POST)


def _length_of_body(request: HttpRequest) -> int:
    try:
        return parse_whole(request.META.get("CONTENT_LENGTH") or "0")
    except InvalidAmount:
        raise ApiError(UNREADABLE) from None


def _headers(request: HttpRequest) -> Iterator[tuple[str, object]]:
    for header, name in HEADERS.items():
        yield name, request.headers.get(header, "")
    authorization = request.headers.get("Authorization", "")
    if authorization.lower().startswith(_BEARER):
        yield "key", authorization[len(_BEARER) :].strip()


def _take_query(request: HttpRequest) -> QueryDict:
    # WSGI hands the bytes of an address over as Latin-1.
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    request.META["QUERY_STRING"] = ""
    request.GET = QueryDict()
    return QueryDict(query, encoding="utf-8")


def _members(fields: QueryDict) -> Iterator[tuple[str, object]]:
    for name, values in fields.lists():
        for value in values:
            yield name, value


class _Object(tuple[tuple[str, object], ...]):
    """A JSON object as it was written: a name that came twice is still there twice."""


def _json_members(body: bytes) -> Iterable[tuple[str, object]]:
    """Members of a JSON object; whole numbers as their text. Raises ApiError."""
    if not body:
        return ()
    try:
        decoded = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_Object,
            parse_int=str,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise ApiError(UNREADABLE) from None
    if not isinstance(decoded, _Object):
        raise ApiError(UNREADABLE)
    return decoded


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _text(value: object, *, parameter: Parameter) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and parameter.is_list:
        value = parameter.joined_by.join(_text(one, parameter=parameter) for one in value)
    if not isinstance(value, str) or _UNCLEAN.search(value):
        raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
    return value
