"""Lengths of time as terms word them: "15 minutes", "72 hours", "5 working days".

A working day or a working hour needs a calendar (weekends, holidays), so it is never silently
turned into a number of seconds.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeGuard, get_args

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# A working hour is an hour of a working day: the clock stands still at weekends and on holidays.
DurationUnit = Literal["minutes", "hours", "working_hours", "working_days"]

# How soon a service is delivered; a service belongs to one of them or to none (CAT-11).
Tier = Literal["standard", "premium", "custom", "bulk"]
TIERS: tuple[Tier, ...] = get_args(Tier)

_WRITTEN = re.compile(r"([1-9][0-9]{0,3}) ([a-z_]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Duration:
    """A positive amount of one unit."""

    amount: int
    unit: DurationUnit

    @classmethod
    def read(cls, written: str) -> "Duration":
        """Read "5 working_days". Raises ValueError."""
        match = _WRITTEN.fullmatch(written)
        if match is None or not _is_unit(unit := match[2]):
            raise ValueError(written)
        return cls(int(match[1]), unit)

    def write(self) -> str:
        return f"{self.amount} {self.unit}"

    def to_timedelta(self) -> timedelta:
        """Return the length by the clock. Raises ValueError for working hours and days."""
        if self.unit == "minutes":
            return timedelta(minutes=self.amount)
        if self.unit == "hours":
            return timedelta(hours=self.amount)
        raise ValueError(f"{self.write()} need a calendar")

    def __str__(self) -> str:
        words = {
            "minutes": ngettext("%(n)d minute", "%(n)d minutes", self.amount),
            "hours": ngettext("%(n)d hour", "%(n)d hours", self.amount),
            "working_hours": ngettext(
                "%(n)d hour on working days", "%(n)d hours on working days", self.amount
            ),
            "working_days": ngettext("%(n)d working day", "%(n)d working days", self.amount),
        }
        return words[self.unit] % {"n": self.amount}


@dataclass(frozen=True, slots=True)
class DeliveryWindow:
    """When services of one tier are delivered, in hours from the order."""

    tier: Tier
    from_hours: int
    to_hours: int

    def __str__(self) -> str:
        return _("{tier} {low}–{high} hours").format(
            tier=self.tier, low=self.from_hours, high=self.to_hours
        )


def is_tier(word: object) -> TypeGuard[Tier]:
    return word in TIERS


def _is_unit(word: str) -> TypeGuard[DurationUnit]:
    return word in get_args(DurationUnit)
