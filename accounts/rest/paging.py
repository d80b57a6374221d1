"""Lists by cursor: a page costs what lies on it, however far down it is, and nothing is counted.

A cursor names the last row of a page and the list that it is of. It is no secret and opens nothing:
whoever made one up would find only his own rows.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.parts import first_part
from accounts.rest.fields import Asked, Digits, Text
from accounts.rest.problems import INCORRECT, Refusal

USUAL, MOST = 25, 100
_ALL = Q()
Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class PageAsked(Asked):
    """What every list takes."""

    cursor = Text(
        required=False,
        max_length=300,
        help_text="`next_cursor` of the page before; without it the first page.",
    )
    limit = Digits(
        required=False,
        default=USUAL,
        min_value=1,
        max_value=MOST,
        help_text="How many at most.",
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """`next_cursor` is None on the last page."""

    rows: Sequence[Item]
    next_cursor: str | None


def newest_first(
    rows: QuerySet[Row], *, of: str, asked: Mapping[str, Any], sieve: Q = _ALL
) -> Page[Row]:
    """A page by falling number of a list that is called `of`, of rows that an index finds so;
    `sieve` is what no index tells about them. Raises Refusal for a cursor that is none of this
    list's."""
    last = None
    if below := read_cursor(asked.get("cursor", ""), of=of):
        rows = rows.filter(pk__lt=below)
    if sieve:
        part, last = first_part(rows)
        rows = part.filter(sieve)
    found = list(rows.order_by("-pk")[: asked["limit"] + 1])
    return cut(found, of=of, limit=asked["limit"], last=last)


def lowest_first(rows: QuerySet[Row], *, of: str, asked: Mapping[str, Any]) -> Page[Row]:
    """The same by rising number."""
    if above := read_cursor(asked.get("cursor", ""), of=of):
        rows = rows.filter(pk__gt=above)
    return cut(list(rows.order_by("pk")[: asked["limit"] + 1]), of=of, limit=asked["limit"])


def read_cursor(text: str, *, of: str) -> int | None:
    """The row that a cursor names, None for no cursor. Raises Refusal."""
    if not text:
        return None
    try:
        name, _dot, number = urlsafe_b64decode(text.encode() + b"==").decode().partition(".")
    except (binascii.Error, UnicodeError):
        raise unknown_cursor() from None
    if name != of or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise unknown_cursor()
    return int(number)


def unknown_cursor() -> Refusal:
    words = _("This is no cursor of this list.")
    return Refusal(INCORRECT, detail=words, errors={"cursor": words})


def cut(found: Sequence[Row], *, of: str, limit: int, last: int | None = None) -> Page[Row]:
    """A page of rows that go on beyond it, if there are more: `last` is how far was looked where
    nobody knows that."""
    rows = found[:limit]
    below = rows[-1].pk if len(found) > limit else last
    return Page(rows, None if below is None else cursor_at(below, of=of))


def cursor_at(number: int, *, of: str) -> str:
    return urlsafe_b64encode(f"{of}.{number}".encode()).decode().rstrip("=")


@cache
def page_answer(item: type[serializers.Serializer]) -> serializers.Serializer:
    """What a page of such items looks like, for the description."""
    return inline_serializer(
        name=f"{item.__name__}Page",
        fields={
            "data": item(many=True),
            "next_cursor": serializers.CharField(
                allow_null=True, help_text="Where the next page begins; null on the last one."
            ),
        },
    )
