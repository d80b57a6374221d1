"""JSON as RFC 8259 has it, and nothing that two programs could read in two ways (S-23 … S-25):
a name that comes twice, NaN, or a text that is no text is refused, not guessed at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from accounts import brackets

# An order is three levels deep; an honest body never comes near this.
MOST_LEVELS = 10
_MOST_DIGITS = 18


class StrictJson(BaseParser):
    """A JSON object in UTF-8, of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """Raises ParseError, RequestDataTooBig."""
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        return object_in(body)


def object_in(body: bytes) -> dict[str, object]:
    """The object that a body is. Raises ParseError, RequestDataTooBig."""
    if brackets.are_too_many(body):
        raise RequestDataTooBig
    try:
        found = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        raise ParseError from None
    if not isinstance(found, dict) or _is_too_deep(found, MOST_LEVELS):
        raise ParseError
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name came twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("no number of ours is so long")
    return int(digits)


def _refuse(name: str) -> object:
    raise ValueError(name)


def _is_too_deep(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        inside = list(value.values())
    elif isinstance(value, list):
        inside = value
    else:
        return False
    return levels == 0 or any(_is_too_deep(each, levels - 1) for each in inside)
