"""The books as an accountant reads them: the trial balance of any day, and what is owed to
customers day by day. Both come from the transfers (`wallet.reports.days`), never from stored
balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from wallet.models import AccountKind
from wallet.reports.days import Moved, moved

CHART_WIDTH, CHART_HEIGHT = 600, 120
_DAY = timedelta(days=1)
_ORDER = {kind.value: place for place, kind in enumerate(AccountKind)}
_ON_HOLD = (AccountKind.CASH_HOLD, AccountKind.BONUS_HOLD)


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of account at the end of a day, in micros; `balance` is credits less debits, so
    what is owed to others is positive and what is owed to us negative."""

    kind: str
    label: str
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        return self.credits - self.debits

    @property
    def words(self) -> str:
        name = str(AccountKind(self.kind).label)
        return f"{name}: {self.label}" if self.label else name


@dataclass(frozen=True, slots=True)
class TrialBalance:
    on: date
    lines: list[Line]

    @property
    def debits(self) -> int:
        return sum(line.debits for line in self.lines)

    @property
    def credits(self) -> int:
        return sum(line.credits for line in self.lines)

    @property
    def sum(self) -> int:
        """Zero: whatever left one account came to another."""
        return sum(line.balance for line in self.lines)


@dataclass(frozen=True, slots=True)
class Liability:
    """What customers had with us at the end of a day, and what they owed, in micros."""

    on: date
    cash: int
    bonus: int
    on_hold: int
    escrow: int
    debt: int

    @property
    def total(self) -> int:
        """All that we would have to give back or deliver."""
        return self.cash + self.bonus + self.on_hold + self.escrow


@dataclass(frozen=True, slots=True)
class Bar:
    """One day in the drawing (templates/components/bars.html)."""

    first_on: date
    micros: int
    x: float
    y: float
    width: float
    height: float


def trial_balance(*, on: date) -> TrialBalance:
    """All movements up to the end of that day, by kind of account."""
    debits: defaultdict[tuple[str, str], int] = defaultdict(int)
    credits_: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in moved(until=on):
        debits[one.kind, one.label] += one.debits
        credits_[one.kind, one.label] += one.credits
    keys = sorted(debits, key=lambda key: (_ORDER[key[0]], key[1]))
    return TrialBalance(on, [Line(*key, debits[key], credits_[key]) for key in keys])


def liability(*, since: date, until: date) -> list[Liability]:
    """Each day of the range, the earliest first."""
    held: defaultdict[str, int] = defaultdict(int)
    _add(held, moved(until=since - _DAY))
    of_day: defaultdict[date, list[Moved]] = defaultdict(list)
    for one in moved(since=since, until=until):
        of_day[one.on].append(one)
    days = []
    on = since
    while on <= until:
        _add(held, of_day[on])
        days.append(_liability(on, held))
        on += _DAY
    return days


def bars_of(days: list[Liability]) -> list[Bar]:
    """The totals as a drawing, to the height of the largest."""
    most = max((day.total for day in days), default=0)
    pitch = CHART_WIDTH / max(len(days), 1)
    return [_bar(number, day, pitch, most) for number, day in enumerate(days)]


def _add(held: defaultdict[str, int], movements: Iterable[Moved]) -> None:
    for one in movements:
        held[one.kind] += one.net


def _liability(on: date, held: defaultdict[str, int]) -> Liability:
    return Liability(
        on=on,
        cash=held[AccountKind.CASH],
        bonus=held[AccountKind.BONUS],
        on_hold=sum(held[kind] for kind in _ON_HOLD),
        escrow=held[AccountKind.ESCROW],
        debt=-held[AccountKind.DEBT],
    )


def _bar(number: int, day: Liability, pitch: float, most: int) -> Bar:
    height = round(day.total * CHART_HEIGHT / most, 1) if most else 0
    return Bar(
        first_on=day.on,
        micros=day.total,
        x=round(number * pitch + pitch * 0.1, 1),
        y=round(CHART_HEIGHT - height, 1),
        width=round(pitch * 0.8, 1),
        height=height,
    )
