"""The table's own checks of a row, without asking the database: a file has ten thousand rows, and
Django asks once for each check of each row. What is wrong here the database would refuse, too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import CheckConstraint, F, Model, Q

_LOOKUPS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "isnull": lambda value, is_null: (value is None) is is_null,
}


def broken(row: Model) -> Iterator[str]:
    """The message of each check that the row would break."""
    for constraint in row._meta.constraints:
        if isinstance(constraint, CheckConstraint) and not _holds(constraint.condition, row):
            yield str(constraint.get_violation_error_message())


def _holds(condition: Any, row: Model) -> bool:
    if not isinstance(condition, Q):
        name, wanted = condition
        return _compared(name, wanted, row)
    parts = (_holds(child, row) for child in condition.children)
    found = any(parts) if condition.connector == Q.OR else all(parts)
    return found is not condition.negated


def _compared(name: str, wanted: Any, row: Model) -> bool:
    field, _separator, lookup = name.partition("__")
    value = row.serializable_value(field)
    other = row.serializable_value(_name_of(wanted)) if isinstance(wanted, F) else wanted
    if lookup != "isnull" and (value is None or other is None):
        return True  # as in SQL: what is unknown breaks no check
    return _LOOKUPS[lookup or "exact"](value, other)


def _name_of(column: Any) -> str:
    name: str = column.name
    return name
