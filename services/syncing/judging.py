"""What speaks against applying a difference, or a whole list, without a person: pure.

Source: docs/price-lists.md, "What needs a person". The limits stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from services.kinds import type_of
from services.models import SyncLine
from services.syncing.cleaning import has_markup
from services.syncing.comparing import Comparison, Difference, Held
from services.syncing.fitting import range_after
from services.syncing.likeness import Naming, is_another

Kind = SyncLine.Kind

# A cost so many times another is a slip or an attack until somebody says otherwise.
JUMP = 5
# Of the services that we hold: more than that missing at once is no ordinary day.
MOST_GONE_PERCENT = 20
MOST_JUMPS_PERCENT = 20
# Of the lines of a list.
MOST_UNREADABLE_PERCENT = 50


class LineWarning(StrEnum):
    """Why a person has to look at one difference."""

    JUMP_UP = "jump_up"
    JUMP_DOWN = "jump_down"
    ZERO_COST = "zero_cost"
    LIMITS_EXCLUDE = "limits_exclude"
    TYPE_CHANGED = "type_changed"
    UNKNOWN_TYPE = "unknown_type"
    MARKUP = "markup"
    OTHER_NAME = "other_name"


class ListWarning(StrEnum):
    """Why nothing of a list is applied without a person."""

    FIRST_LIST = "first_list"
    TOO_MANY_GONE = "too_many_gone"
    TOO_MANY_JUMPS = "too_many_jumps"
    UNREADABLE = "unreadable"


def judge_line(difference: Difference) -> LineWarning | None:
    """The first that applies, the gravest first."""
    for judge in (_cost, _type, _limits, _texts, _name):
        warning = judge(difference)
        if warning is not None:
            return warning
    return None


def judge_list(
    *,
    comparison: Comparison,
    warnings: Sequence[LineWarning | None],
    held: Mapping[str, Held],
    offered: int,
    rejected: int,
) -> ListWarning | None:
    """`warnings` are those of the lines; `rejected` lines were not understood."""
    known = sum(not each.is_gone for each in held.values())
    jumps = sum(each in (LineWarning.JUMP_UP, LineWarning.JUMP_DOWN) for each in warnings)
    if is_unreadable(offered=offered, rejected=rejected):
        return ListWarning.UNREADABLE
    if not held:
        return ListWarning.FIRST_LIST
    if len(comparison.missing) * 100 > known * MOST_GONE_PERCENT:
        return ListWarning.TOO_MANY_GONE
    if jumps * 100 > known * MOST_JUMPS_PERCENT:
        return ListWarning.TOO_MANY_JUMPS
    return None


def is_unreadable(*, offered: int, rejected: int) -> bool:
    """Whether so much was not understood that nobody can say what is missing."""
    return rejected * 100 > (offered + rejected) * MOST_UNREADABLE_PERCENT


def _cost(difference: Difference) -> LineWarning | None:
    old, new = _number(difference.before, "cost_micros"), _number(difference.after, "cost_micros")
    if old is None or new is None:
        return None
    if new == 0:
        return LineWarning.ZERO_COST
    if new >= old * JUMP:
        return LineWarning.JUMP_UP
    return LineWarning.JUMP_DOWN if new * JUMP <= old else None


def _type(difference: Difference) -> LineWarning | None:
    raw = difference.after.get("raw_type")
    if not isinstance(raw, str) or difference.kind is Kind.NAME:
        return None
    meant = type_of(raw)
    if meant is None:
        return LineWarning.UNKNOWN_TYPE
    sold = difference.held.sold if difference.held else ()
    is_other = difference.kind is Kind.TYPE or any(each.type != meant for each in sold)
    return LineWarning.TYPE_CHANGED if is_other else None


def _limits(difference: Difference) -> LineWarning | None:
    held = difference.held
    if held is None or not {"min_quantity", "max_quantity"} & difference.after.keys():
        return None
    old = held.terms.min_quantity, held.terms.max_quantity
    least, most = (
        _number(difference.after, "min_quantity"),
        _number(difference.after, "max_quantity"),
    )
    new = old[0] if least is None else least, old[1] if most is None else most
    left = [range_after(each, old=old, new=new) for each in held.sold if each.is_active]
    return LineWarning.LIMITS_EXCLUDE if None in left else None


def _texts(difference: Difference) -> LineWarning | None:
    texts = (difference.after.get(name) for name in ("raw_name", "raw_category"))
    is_marked = any(isinstance(text, str) and has_markup(text) for text in texts)
    return LineWarning.MARKUP if is_marked else None


def _name(difference: Difference) -> LineWarning | None:
    """A number that was given to something else would deliver that to our customers. Of what was
    written down by hand nobody knows how the provider called it."""
    held, after = difference.held, difference.after
    if held is None or not held.is_sold or not held.terms.raw_name:
        return None
    old = Naming(held.terms.raw_name, held.terms.raw_category)
    new = Naming(str(after.get("raw_name", old.name)), str(after.get("raw_category", old.category)))
    return LineWarning.OTHER_NAME if new != old and is_another(old, new) else None


def _number(values: Mapping[str, object], name: str) -> int | None:
    value = values.get(name)
    return value if isinstance(value, int) else None
