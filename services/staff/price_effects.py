"""What a page shows of a change of prices before it is made: the sum, and the lines in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.margins import effects
from services.margins.effects import Effects, Line

PAGE_SIZE = 50
LEFT_OUT: dict[str, str | Promise] = {
    "no_cost": _("their cost in dollars is not known: a currency has no rate, or no provider"),
    "no_rule": _("no rule holds for them, so they keep their price"),
    "too_high": _("the price would be higher than any that can be charged"),
    "still_off": _("off sale for their cost, which the new price would not cover either"),
    "off": _("off sale by the panel, so they get their price when they are back"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One line with how many customers it hits."""

    line: Line
    customers: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`lines` are of this page; the rest is of all that change."""

    effects: Effects
    number: int
    customers: int
    left_out: list[tuple[int, str | Promise]]
    page: Page[Line]
    lines: list[Shown]


def preview_of(found: Effects, *, page: str | None, at: datetime) -> Preview:
    seen = found.seen
    shown: Page[Line] = Paginator(seen, PAGE_SIZE).get_page(page)
    by_service = effects.customers_by_service([line.row.pk for line in shown], at=at)
    return Preview(
        effects=found,
        number=len(seen),
        customers=effects.customers_hit([line.row.pk for line in seen], at=at),
        left_out=[(count, LEFT_OUT[why]) for why, count in found.left_out.items() if count],
        page=shown,
        lines=[Shown(line, by_service.get(line.row.pk, 0)) for line in shown],
    )
