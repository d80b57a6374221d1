"""Many prices changed at once: shown first, applied exactly as shown, taken back for a day.

Whoever changes a price by hand has looked at its cost: that cost is accepted, and what was off sale
for it is on sale again. Source: docs/prices.md, "Many prices at once".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.acts import log_act
from accounts.models import User
from services.margins import effects, finding, repricing, rises, writing
from services.margins.acting import Act, Kind, LeftOut, decide
from services.margins.effects import Effects, Line
from services.margins.finding import Selection
from services.margins.reading import Priced, Terms
from services.margins.repricing import Today
from services.margins.turns import take_turn
from services.models import PriceEdit, PriceEditLine, Service

UNDONE_WITHIN = timedelta(hours=24)


class NotUndoable(Exception):
    """It was taken back already, or is older than a day."""


@dataclass(frozen=True, slots=True)
class Undone:
    """How many prices are as they were before, and how many were left as they are by now."""

    restored: int
    left: int


def plan(*, selection: Selection, act: Act, at: datetime) -> Effects:
    """What the act would do to the chosen services, today."""
    rows = finding.find(selection)
    found = repricing.today(at=at)
    lines: list[Line] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        made = decide(row, act, found)
        if isinstance(made, LeftOut):
            left_out[made.value] += 1
        elif made.is_seen:
            lines.append(made)
    return Effects(looked_at=len(rows), lines=lines, left_out=left_out)


def apply(
    *, selection: Selection, act: Act, digest: str, actor: User, ip: str | None, at: datetime
) -> PriceEdit:
    """All or nothing. Raises effects.Changed when it would not be what was shown."""
    with transaction.atomic():
        take_turn()
        planned = plan(selection=selection, act=act, at=at)
        effects.check(planned, digest=digest)
        writing.write((line.row, line.terms) for line in planned.lines)
        asked = {"chosen": asdict(selection), "act": asdict(act)}
        edit = PriceEdit.objects.create(
            actor=actor, asked=asked, services=len(planned.lines), applied_at=at
        )
        PriceEditLine.objects.bulk_create(_kept(edit, planned.lines), batch_size=5000)
        log_act(
            actor=actor,
            act="change prices",
            target=f"priceedit:{edit.pk}",
            changes={**asked, "services": edit.services},
            ip=ip,
        )
        rises.close_cases(
            provider_ids=[line.row.provider_id for line in planned.lines if line.comes_back],
            resolution="Priced again by a person.",
            at=at,
        )
    return edit


def undo(*, edit_id: int, actor: User, ip: str | None, at: datetime) -> Undone:
    """The prices of before, of all that nobody changed since and that still covers its cost.
    Raises NotUndoable."""
    with transaction.atomic():
        take_turn()
        edit = _undoable(edit_id, at=at)
        lines = list(edit.lines.order_by("service"))
        rows = {row.pk: row for row in effects.rows_by_number([each.service_id for each in lines])}
        found = repricing.today(at=at)
        decided = [_before(rows[line.service_id], line, edit, found) for line in lines]
        restored = [(row, terms) for row, terms in decided if terms is not None]
        writing.write(restored)
        left = [line for line in lines if line.left_because]
        PriceEditLine.objects.bulk_update(left, ["left_because"], batch_size=2000)
        edit.undone_at = at
        edit.save(update_fields=["undone_at"])
        log_act(
            actor=actor,
            act="take back prices",
            target=f"priceedit:{edit.pk}",
            changes={"restored": len(restored), "left": [line.service_id for line in left]},
            ip=ip,
        )
    return Undone(restored=len(restored), left=len(left))


def _undoable(edit_id: int, *, at: datetime) -> PriceEdit:
    edit = PriceEdit.objects.get(pk=edit_id)
    if edit.undone_at is not None or at - edit.applied_at > UNDONE_WITHIN:
        raise NotUndoable
    return edit


def _kept(edit: PriceEdit, lines: Iterable[Line]) -> list[PriceEditLine]:
    return [
        PriceEditLine(
            edit=edit,
            service_id=line.row.pk,
            old_rate_micros=line.old_micros,
            new_rate_micros=line.new_micros,
            old_priced_by=line.row.terms.priced_by,
        )
        for line in lines
    ]


def _before(
    row: Priced, line: PriceEditLine, edit: PriceEdit, found: Today
) -> tuple[Priced, Terms | None]:
    """The terms of before the edit; None, and the line says why, where they are left."""
    to_rules = edit.asked["act"]["kind"] == Kind.RULES
    given = Service.PricedBy.RULE if to_rules else Service.PricedBy.HAND
    if (row.terms.rate_micros, row.terms.priced_by) != (line.new_rate_micros, given):
        line.left_because = PriceEditLine.Left.CHANGED
        return row, None
    terms = replace(row.terms, rate_micros=line.old_rate_micros, priced_by=line.old_priced_by)
    floor = found.floor(row)
    if floor is not None and line.old_rate_micros < floor and not row.may_lose:
        line.left_because = PriceEditLine.Left.COST
        return row, None
    return row, terms
