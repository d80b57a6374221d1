"""Long lists are read by number, never by OFFSET: page 400 costs what page 1 costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from wallet.money import read_number

PAGE_SIZE = 50
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows, newest first; `below` is where the older ones begin, None on the last page."""

    rows: list[M]
    is_first: bool
    below: int | None


def read_page(rows: QuerySet[M], *, below: str) -> Page[M]:
    """The page that a query string asks for; what is not a number asks for the first."""
    number = read_number(below)
    if number is not None:
        rows = rows.filter(pk__lt=number)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    has_older = len(found) > PAGE_SIZE
    return Page(rows=shown, is_first=number is None, below=shown[-1].pk if has_older else None)
