"""One call, however it came: query, form, multipart, JSON and headers become named texts.

Tolerant where clients differ (aliases, the case of names, JSON or a form under another type, empty
means absent, unknown names ignored), strict where a guess would cost money: a parameter has one
value, which is a text or a whole number. The secret is taken out of the request, so that no error
report can print it. Sources: API-04, S-08, S-23, S-24; docs/api-v2.md.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from django.conf import settings
from django.core import exceptions
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise

from accounts import brackets
from orders.api.errors import INCORRECT_REQUEST, TOO_LARGE, UNREADABLE
from orders.api.failing import ApiError
from wallet.money import InvalidAmount, parse_whole

# What may come in a header instead, and the parameter that it stands for.
HEADERS: Mapping[str, str] = {"HTTP_X_API_KEY": "key", "HTTP_IDEMPOTENCY_KEY": "request_id"}

_MULTIPART, _JSON = "multipart/form-data", "application/json"
_BEARER = "bearer "
# NUL, halves of surrogate pairs, and what a decoder leaves behind of bytes that were no text.
_UNCLEAN = re.compile("[\x00\ud800-\udfff\ufffd]")
# How forms write the members of an array: orders[], or orders[0] as PHP does.
_OF_ARRAY = re.compile(r"([a-z_]+)\[[0-9]{0,3}\]", re.ASCII)


@dataclass(frozen=True)
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

    @cached_property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Call:
    """What was sent, by name. It may hold the caller's secret and never shows itself."""

    sent: Mapping[str, list[object]] = field(repr=False)
    # The names that had a value in the address.
    in_query: frozenset[str] = frozenset()

    def text(self, parameter: Parameter) -> str:
        """The one value of the parameter, "" if there is none. Raises ApiError for several
        different ones and for what is neither a text nor a whole number."""
        found = ""
        for name in parameter.names:
            for value in self.sent.get(name, ()):
                text = _text(value, parameter=parameter)
                if text and found and text != found:
                    raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
                found = text or found
        return found

    def whole(self, parameter: Parameter) -> int | None:
        """A number in plain ASCII digits; None for any other text. Raises ApiError like `text`."""
        text = self.text(parameter)
        try:
            # Most calls leave most numbers out.
            return parse_whole(text) if text else None
        except InvalidAmount:
            return None

    def came_in_query(self, parameter: Parameter) -> bool:
        return not self.in_query.isdisjoint(parameter.names)

    def calls(self, parameter: Parameter) -> list[Call]:
        """The objects of a list, each as a call of its own: a JSON array, or its text in a form.
        Raises ApiError for anything else."""
        values = [value for value in self.sent.get(parameter.name, ()) if value]
        if len(values) != 1:
            raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
        objects = _decoded(values[0]) if isinstance(values[0], str) else values[0]
        if not isinstance(objects, list) or not all(isinstance(one, _Object) for one in objects):
            raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
        return [Call(_by_name(one)) for one in objects]


def read(request: HttpRequest) -> Call:
    """The call in a request, which no longer holds its query afterwards. Raises ApiError."""
    try:
        query = _by_name(_take_query(request))
        sent = _by_name(_pairs(request))
    except (
        exceptions.RequestDataTooBig,
        exceptions.TooManyFieldsSent,
        exceptions.TooManyFilesSent,
    ):
        raise ApiError(TOO_LARGE) from None
    except (exceptions.BadRequest, MultiPartParserError, UnreadablePostError):
        raise ApiError(UNREADABLE) from None
    for name, values in query.items():
        sent[name] = values + sent.get(name, [])
    return Call(sent, in_query=frozenset(name for name in query if any(query[name])))


def _by_name(pairs: Iterable[tuple[str, object]]) -> dict[str, list[object]]:
    """The values of each name, whatever its case; the members of an array are one value."""
    sent: dict[str, list[object]] = {}
    arrays: dict[str, list[object]] = {}
    for name, value in pairs:
        plain = name.lower()
        if plain.endswith("]") and (member := _OF_ARRAY.fullmatch(plain)):
            arrays.setdefault(member[1], []).append(value)
        else:
            sent.setdefault(plain, []).append(value)
    for name, values in arrays.items():
        sent.setdefault(name, []).append(values)
    return sent


def _pairs(request: HttpRequest) -> Iterator[tuple[str, object]]:
    yield from _headers(request)
    if request.method != "POST":
        return
    # Before anything is read: Django would put the files of a form on disk first.
    if _length_of_body(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise ApiError(TOO_LARGE)
    is_multipart = request.content_type == _MULTIPART
    # What it is tells the body better than its type: many clients send one as the other.
    if not is_multipart and (request.content_type == _JSON or _looks_like_json(request.body)):
        yield from _json_members(request.body)
    elif codecs.lookup(request.encoding or "utf-8").name != "utf-8":
        raise ApiError(UNREADABLE)
    elif is_multipart:
        for name, values in request.POST.lists():
            for value in values:
                yield name, value
    else:
        yield from _fields(request.body)


def _looks_like_json(body: bytes) -> bool:
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def _length_of_body(request: HttpRequest) -> int:
    try:
        return parse_whole(request.META.get("CONTENT_LENGTH") or "0")
    except InvalidAmount:
        raise ApiError(UNREADABLE) from None


def _headers(request: HttpRequest) -> Iterator[tuple[str, object]]:
    for header, name in HEADERS.items():
        yield name, request.META.get(header, "")
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    if authorization.lower().startswith(_BEARER):
        yield "key", authorization[len(_BEARER) :].strip()


def _take_query(request: HttpRequest) -> Iterator[tuple[str, object]]:
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return
    request.META["QUERY_STRING"] = ""
    # Whoever reads it now reads it anew, of nothing.
    vars(request).pop("GET", None)
    # WSGI hands the bytes of an address over as Latin-1.
    yield from _fields(query.encode("latin-1", "replace"))


def _fields(content: bytes) -> list[tuple[str, str]]:
    """What a form or a query holds, as a QueryDict reads it. Raises ApiError."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=most)
    except ValueError:
        raise ApiError(TOO_LARGE) from None


class _Object(tuple[tuple[str, object], ...]):
    """A JSON object as it was written: a name that came twice is still there twice."""


def _json_members(body: bytes) -> Iterable[tuple[str, object]]:
    """Members of a JSON object; whole numbers as their text. Raises ApiError."""
    if not body:
        return ()
    try:
        decoded = _decoded(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ApiError(UNREADABLE) from None
    if not isinstance(decoded, _Object):
        raise ApiError(UNREADABLE)
    return decoded


def _decoded(text: str) -> object:
    """Raises ApiError."""
    # Before anybody is asked for a key.
    if brackets.are_too_many(text):
        raise ApiError(TOO_LARGE)
    try:
        found: object = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=str,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise ApiError(UNREADABLE) from None
    return found


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
