"""Long lists a part at a time: what no index tells is looked for in so many rows, and the next look
goes on from there. So no list costs more for what is behind it, and none hides anything."""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet, Subquery

Rows = TypeVar("Rows", bound=QuerySet[Model])

LOOKED_THROUGH = 10_000


def person(user_id: int) -> Subquery:
    """A person whose rows are read by number, for a filter. Who it is is hidden from the planner:
    told of somebody with a large share of all rows it goes through everybody's until there are
    enough of his, which are all there are if his are old."""
    return Subquery(get_user_model()._default_manager.filter(pk=user_id).values("pk"))


def first_part(rows: Rows, *, order: str = "-pk") -> tuple[Rows, int | None]:
    """The first LOOKED_THROUGH of rows that an index finds by rising or falling number ("pk",
    "-pk"), and the last of those; None where there are no others."""
    numbers = rows.order_by(order).values_list("pk", flat=True)
    ends = list(numbers[LOOKED_THROUGH - 1 : LOOKED_THROUGH + 1])
    if len(ends) < 2:
        return rows, None
    bounds = sorted((ends[0], numbers[0]))
    return rows.filter(pk__range=bounds), ends[0]
