"""A reading of a price list as it is looked at: tabs by kind, lines with what they do to our
services and prices, and what is chosen so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise

from services.margins import reading
from services.margins.arithmetic import change_bp, margin_bp
from services.margins.reading import Priced
from services.margins.repricing import Today, today
from services.models import Service, Sync, SyncLine
from services.staff.sync_choosing import seen
from services.staff.sync_words import FIELDS, LINE_WARNINGS

Kind, State = SyncLine.Kind, SyncLine.State

PAGE_SIZE = 50
LONGEST_SEARCH = 100
# A text there may be a whole page; a line of a list shows its beginning.
_LONGEST_TEXT = 200
_EFFECTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind and its lines: all, those that stand to be applied, and those with a warning."""

    kind: str
    label: str | Promise
    lines: int
    chosen: int
    warned: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What would be applied now: lines, how many of them have a warning, and of how many of our
    services something changes; `seen` is posted with the decision."""

    lines: int
    warned: int
    services: int
    seen: str

    @property
    def clean(self) -> int:
        return self.lines - self.warned


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; `field` tells the page whether it is money, a number or a text,
    `percent_bp` by how much a number changed."""

    field: str
    label: str | Promise
    before: object
    after: object
    percent_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one of our services: its price and its margin after a new cost."""

    service_id: int
    name: str
    is_active: bool
    is_by_rule: bool
    old_micros: int
    new_micros: int
    margin_bp: int | None

    @property
    def is_loss(self) -> bool:
        return self.margin_bp is not None and self.margin_bp < 0


@dataclass(frozen=True, slots=True)
class Row:
    """`changes` are empty for what is new: all of it is. `effects` are the first few of our
    services, `more` the number of the others."""

    line: SyncLine
    name: str
    category: str
    changes: list[Change]
    warning: str | Promise
    effects: list[Effect]
    more: int

    @property
    def is_chosen(self) -> bool:
        return self.line.state == State.OPEN


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines somebody wants to see."""

    kind: str
    words: str = ""
    is_warned: bool = False

    def filter(self, lines: QuerySet[SyncLine]) -> QuerySet[SyncLine]:
        found = lines.filter(kind=self.kind) if self.kind else lines
        if self.is_warned:
            found = found.exclude(warning="")
        if words := self.words[:LONGEST_SEARCH]:
            found = found.filter(
                Q(external_id=words)
                | Q(after__name__icontains=words)
                | Q(after__raw_category__icontains=words)
                | Q(offer__name__icontains=words)
                | Q(offer__raw_category__icontains=words)
            )
        return found


def tabs_of(sync: Sync) -> list[Tab]:
    """The kinds that the reading has, in their own order."""
    counted = (
        sync.lines.order_by()
        .values_list("kind")
        .annotate(
            of_kind=Count("pk"),
            chosen=Count("pk", filter=Q(state=State.OPEN)),
            warned=Count("pk", filter=~Q(warning="")),
        )
    )
    counts = {kind: numbers for kind, *numbers in counted}
    return [
        Tab(kind.value, kind.label, *counts[kind.value]) for kind in Kind if kind.value in counts
    ]


def choice_of(sync: Sync) -> Choice:
    chosen = sync.lines.filter(state=State.OPEN)
    hit = Service.objects.filter(provider_service__in=chosen.values("offer"))
    return Choice(
        lines=chosen.count(),
        warned=chosen.exclude(warning="").count(),
        services=hit.count(),
        seen=seen(sync_id=sync.pk),
    )


def rows_of(lines: Iterable[SyncLine], *, at: datetime) -> list[Row]:
    """The lines of one page with what they do, in a fixed number of queries."""
    found = list(lines)
    services = _services({line.offer_id for line in found if line.offer_id})
    now = today(at=at)
    return [_row(line, services.get(line.offer_id or 0, []), now) for line in found]


def _services(offers: Collection[int]) -> Mapping[int, list[Priced]]:
    """Ours of these offers, those on sale first."""
    grouped: dict[int, list[Priced]] = defaultdict(list)
    rows = reading.read(Service.objects.filter(provider_service__in=offers)) if offers else []
    for row in sorted(rows, key=lambda row: not row.terms.is_active):
        grouped[row.offer_id or 0].append(row)
    return grouped


def _row(line: SyncLine, services: list[Priced], now: Today) -> Row:
    is_new = line.kind == Kind.NEW
    return Row(
        line=line,
        name=_held_or_new(line, "name"),
        category=_held_or_new(line, "raw_category"),
        changes=[] if is_new else [_change(line, name) for name in FIELDS if name in line.after],
        warning=LINE_WARNINGS.get(line.warning, line.warning),
        effects=[_effect(row, line, now) for row in services[:_EFFECTS_SHOWN]],
        more=max(0, len(services) - _EFFECTS_SHOWN),
    )


def _held_or_new(line: SyncLine, name: str) -> str:
    text = line.after.get(name) or (getattr(line.offer, name) if line.offer else "")
    return str(text)[:_LONGEST_TEXT]


def _change(line: SyncLine, field: str) -> Change:
    before, after = (_shown(values.get(field)) for values in (line.before, line.after))
    percent_bp = None
    if field == "cost_micros" and isinstance(before, int) and isinstance(after, int):
        percent_bp = change_bp(before, after)
    return Change(field, FIELDS[field], before, after, percent_bp)


def _shown(value: object) -> object:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value


def _effect(row: Priced, line: SyncLine, now: Today) -> Effect:
    """With the new cost, if it has one: the price that the rules then make, or the one that
    somebody set by hand."""
    cost = line.after.get("cost_micros", row.cost_micros)
    cost = cost if isinstance(cost, int) else row.cost_micros
    after = replace(row, cost_micros=cost, announced_micros=None)
    price = now.price(after) if after.is_by_rule else None
    new_micros = row.terms.rate_micros if price is None else price
    return Effect(
        service_id=row.pk,
        name=row.name,
        is_active=row.terms.is_active,
        is_by_rule=row.is_by_rule,
        old_micros=row.terms.rate_micros,
        new_micros=new_micros,
        margin_bp=margin_bp(new_micros, now.floor(after)),
    )
