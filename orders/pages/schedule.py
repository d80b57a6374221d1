"""When the runs of a drip-feed begin, as dates to look at before paying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# More of them are folded away; more than these are not listed one by one.
SHOWN = 5
FOLDED = 100


@dataclass(frozen=True, slots=True)
class Run:
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """All runs: some to see, some to unfold, how many are not listed, and the last one."""

    shown: Sequence[Run]
    folded: Sequence[Run]
    unlisted: int
    last: Run


def schedule_of(*, runs: int, interval_minutes: int, start_at: datetime) -> Schedule:
    """`runs` is two or more; a run begins on its minute, or when the one before it is over."""
    step = timedelta(minutes=interval_minutes)
    listed = [
        Run(number=number, at=start_at + step * (number - 1))
        for number in range(1, min(runs, SHOWN + FOLDED) + 1)
    ]
    return Schedule(
        shown=listed[:SHOWN],
        folded=listed[SHOWN:],
        unlisted=runs - len(listed),
        last=Run(number=runs, at=start_at + step * (runs - 1)),
    )
