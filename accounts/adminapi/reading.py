"""What a program sent: JSON or a form for a POST, the query for a GET, as named texts.

Strict where a guess would cost money: a parameter has one value, a number is written in ASCII
digits, and nothing is taken from a name that a call does not know. Sources: S-23, S-24, S-25.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from django.conf import settings
from django.core import exceptions
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from accounts import brackets
from accounts.adminapi.answering import Code, Refusal, invalid

T = TypeVar("T")

MOST_IDS = 100
LONGEST_TEXT = 2000
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# NUL, halves of surrogate pairs, and what a decoder leaves behind of bytes that were no text.
_UNCLEAN = re.compile("[\x00\ud800-\udfff\ufffd]")
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_EPOCH = re.compile(r"[0-9]{1,10}", re.ASCII)


class _Object(tuple[tuple[str, object], ...]):
    """A JSON object as it was written: a name that came twice is still there twice."""


class Fields:
    """The parameters of one call, or of one member of a list in it. Every reader raises Refusal."""

    def __init__(self, pairs: Iterator[tuple[str, object]] | _Object) -> None:
        self._sent: dict[str, list[object]] = {}
        for name, value in pairs:
            self._sent.setdefault(name, []).append(value)

    def text(self, name: str, *, most: int = LONGEST_TEXT) -> str:
        """The one value, without spaces around it; "" where there is none."""
        texts = {_text(name, value) for value in self._sent.get(name, ())} - {""}
        if len(texts) > 1:
            raise invalid(name, _("it came with several values"))
        found = texts.pop() if texts else ""
        if len(found) > most:
            raise invalid(name, _("at most %(most)s characters") % {"most": most})
        return found

    def whole(self, name: str) -> int | None:
        found = self.text(name)
        if found and not _WHOLE.fullmatch(found):
            raise invalid(name, _("a whole number in digits"))
        return int(found) if found else None

    def moment(self, name: str) -> datetime | None:
        """Seconds since 1970, as all times of this API."""
        found = self.text(name)
        if found and not _EPOCH.fullmatch(found):
            raise invalid(name, _("seconds since 1970, in digits"))
        return datetime.fromtimestamp(int(found), tz=UTC) if found else None

    def choice(self, name: str, known: Mapping[str, T]) -> T | None:
        """What a word stands for, however it is written: "In progress" is in_progress."""
        word = re.sub(r"[\s-]+", "_", self.text(name, most=40).lower())
        if word and word not in known:
            raise invalid(name, _("one of: %(words)s") % {"words": ", ".join(known)})
        return known[word] if word else None

    def numbers(self, name: str, *, most: int = MOST_IDS) -> list[int]:
        """Ids of a JSON list or of a text with commas, each once, in the order sent."""
        texts = [part for value in self._sent.get(name, ()) for part in _parts(name, value)]
        wanted = list(dict.fromkeys(part for part in texts if part))
        if len(wanted) > most:
            raise invalid(name, _("at most %(most)s numbers") % {"most": most})
        if not all(_WHOLE.fullmatch(part) for part in wanted):
            raise invalid(name, _("numbers in digits, separated by commas"))
        return list(dict.fromkeys(map(int, wanted)))

    def objects(self, name: str, *, most: int = MOST_IDS) -> list[Fields]:
        """The members of a JSON list of objects."""
        values = self._sent.get(name, [])
        members = [one for value in values for one in (value if isinstance(value, list) else [0])]
        if len(members) > most or not all(isinstance(one, _Object) for one in members):
            raise invalid(name, _("a list of at most %(most)s objects") % {"most": most})
        return [Fields(one) for one in members if isinstance(one, _Object)]

    def required(self, name: str, read: Callable[[str], T | None]) -> T:
        """What a reader of this object finds; raises Refusal where it finds nothing."""
        found = read(name)
        if found is None or found in ("", []):
            raise invalid(name, _("it is missing"))
        return found


def read(request: HttpRequest) -> Fields:
    """The parameters of a request, which no longer holds its query afterwards. Raises Refusal."""
    # A key that somebody put into the address by mistake must not reach an error report.
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    request.META["QUERY_STRING"] = ""
    try:
        if request.method == "POST":
            return Fields(_posted(request))
        return Fields(_members(QueryDict(query, encoding="utf-8")))
    except (
        exceptions.RequestDataTooBig,
        exceptions.TooManyFieldsSent,
        exceptions.TooManyFilesSent,
    ):
        raise Refusal(Code.TOO_LARGE) from None
    except (exceptions.BadRequest, MultiPartParserError, UnreadablePostError):
        raise Refusal(Code.UNREADABLE) from None


def _posted(request: HttpRequest) -> Iterator[tuple[str, object]] | _Object:
    # Before anything is read: Django would put the files of a form on disk first.
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not _WHOLE.fullmatch(length):
        raise Refusal(Code.UNREADABLE)
    if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise Refusal(Code.TOO_LARGE)
    if request.content_type not in _FORMS:
        return _json_members(request.body)
    if codecs.lookup(request.encoding or "utf-8").name != "utf-8":
        raise Refusal(Code.UNREADABLE)
    return _members(request.POST)


def _members(fields: QueryDict) -> Iterator[tuple[str, object]]:
    for name, values in fields.lists():
        for value in values:
            yield name, value


def _json_members(body: bytes) -> _Object:
    """Members of a JSON object; whole numbers as their text. Raises Refusal."""
    if not body:
        return _Object()
    if brackets.are_too_many(body):
        raise Refusal(Code.TOO_LARGE)
    try:
        decoded = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_Object,
            parse_int=str,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise Refusal(Code.UNREADABLE) from None
    if not isinstance(decoded, _Object):
        raise Refusal(Code.UNREADABLE)
    return decoded


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or _UNCLEAN.search(value):
        raise invalid(name, _("a plain text or a whole number"))
    return value.strip()


def _parts(name: str, value: object) -> list[str]:
    members = value if isinstance(value, list) else _text(name, value).split(",")
    return [_text(name, member) for member in members]
