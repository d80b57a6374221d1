"""Lists in pages, and calls about many ids at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.adminapi.answering import NO_ERROR, Refusal, invalid
from accounts.adminapi.reading import Fields
from accounts.parts import first_part

Row = TypeVar("Row", bound=Model)
# Carries something out about one id, and returns what to say about it or raises Refusal.
Act = Callable[[int], dict[str, Any]]

USUAL, MOST = 100, 1000
# Beyond it the database would count rows only to throw them away: go on with `after`, `before`.
DEEPEST = 10_000
_ALL = Q()

_SORTS = {"date_desc": "-pk", "date_asc": "pk"}


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """`next` goes where `after` (ascending) or `before` is: None at the end. Before that it is the
    last row, or the last that was looked at."""

    rows: list[Row]
    next: int | None

    def members(self, shown: list[dict[str, Any]]) -> dict[str, object]:
        """The page as data."""
        return {"list": shown, "count": len(shown), "next": self.next}


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are asked for. Rows are sorted by number, which is the order of their birth."""

    limit: int
    offset: int
    order: str
    bounds: Q

    def of(self, rows: QuerySet[Row], *, sieve: Q = _ALL) -> Found[Row]:
        """Of rows that an index finds by their number, which it is asked for alone; `sieve` is
        what no index tells about them."""
        rows, last = rows.filter(self.bounds), None
        if sieve:
            part, last = first_part(rows, order=self.order)
            rows = part.filter(sieve)
        numbers = rows.order_by(self.order).values("pk")[self.offset : self.offset + self.limit]
        shown = rows.model._default_manager.filter(pk__in=numbers)
        found = list(shown.order_by(self.order))
        return Found(found, next=found[-1].pk if len(found) == self.limit else last)


def page(fields: Fields) -> Page:
    """Reads limit, offset, after, before and sort. Raises Refusal."""
    limit, offset = fields.whole("limit"), fields.whole("offset") or 0
    if limit is not None and not 1 <= limit <= MOST:
        raise invalid("limit", _("1 to %(most)s") % {"most": MOST})
    if offset > DEEPEST:
        raise invalid(
            "offset", _("at most %(most)s; go on with before or after") % {"most": DEEPEST}
        )
    bounds = Q()
    if (after := fields.whole("after")) is not None:
        bounds &= Q(pk__gt=after)
    if (before := fields.whole("before")) is not None:
        bounds &= Q(pk__lt=before)
    order = fields.choice("sort", _SORTS) or "-pk"
    return Page(limit=limit or USUAL, offset=offset, order=order, bounds=bounds)


def each(ids: Iterable[int], act: Act) -> dict[str, object]:
    """One act for each id, and each id's own result: a refusal of one harms no other."""
    return {"results": [result_of(one, act) for one in ids]}


def result_of(one: int, act: Act) -> dict[str, Any]:
    try:
        return {"id": one, **act(one), **NO_ERROR}
    except Refusal as refusal:
        return {"id": one, **refusal.members()}
