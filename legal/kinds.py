"""What a policy setting may hold: one kind for each type that a declaration is annotated with.

A kind reads and writes the JSON form of a value, says in words what is allowed, and prints a value
the way a legal page prints it. Reading is strict: `true` is not a number and 5.0 is not 5.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args, get_origin

from django.utils.translation import gettext as _

from legal.durations import TIERS, DeliveryWindow, Duration, DurationUnit, is_tier

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None
Unit = Literal[
    "", "usd_micros", "seconds", "hours", "days", "months", "years",
    "orders", "articles", "calls_per_minute", "breaches_per_hour",
]  # fmt: skip

_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f<>{}]+")


class Kind(ABC):
    """The values of one setting. `read` raises ValueError for anything that is not allowed."""

    @property
    @abstractmethod
    def allowed(self) -> str: ...

    @abstractmethod
    def read(self, raw: object) -> object: ...

    @abstractmethod
    def write(self, value: object) -> Json: ...

    def words(self, value: object) -> str:
        return str(value)


class Flag(Kind):
    @property
    def allowed(self) -> str:
        return _("true or false")

    def read(self, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise ValueError(raw)
        return raw

    def write(self, value: object) -> Json:
        return self.read(value)

    def words(self, value: object) -> str:
        return _("yes") if value else _("no")


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number within its range, in the setting's unit."""

    low: int
    high: int
    unit: Unit

    @property
    def allowed(self) -> str:
        if self.unit == "usd_micros":
            return _("{low} to {high}, written in millionths: 5000000 is 5.00 USD").format(
                low=self.words(self.low), high=self.words(self.high)
            )
        text = _("a whole number from {low} to {high}").format(low=self.low, high=self.high)
        return f"{text} ({self.unit.replace('_', ' ')})" if self.unit else text

    def read(self, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or not self.low <= raw <= self.high:
            raise ValueError(raw)
        return raw

    def write(self, value: object) -> Json:
        return self.read(value)

    def words(self, value: object) -> str:
        number = self.read(value)
        if self.unit != "usd_micros":
            return str(number)
        dollars, micros = divmod(number, 1_000_000)
        return f"{dollars}.{f'{micros:06d}'.rstrip('0'):0<2} USD"


@dataclass(frozen=True, slots=True)
class OrNone(Kind):
    """The other kind, or null: there is no such limit."""

    kind: Kind

    @property
    def allowed(self) -> str:
        return _("{values}, or null").format(values=self.kind.allowed)

    def read(self, raw: object) -> object:
        return None if raw is None else self.kind.read(raw)

    def write(self, value: object) -> Json:
        return None if value is None else self.kind.write(value)

    def words(self, value: object) -> str:
        return _("no limit") if value is None else self.kind.words(value)


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    choices: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return _("one of {choices}").format(choices=", ".join(self.choices))

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or raw not in self.choices:
            raise ValueError(raw)
        return raw

    def write(self, value: object) -> Json:
        return self.read(value)


@dataclass(frozen=True, slots=True)
class Choices(Kind):
    """Any of the words, each once; written in the order of the declaration."""

    choices: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return _("a list of any of {choices}").format(choices=", ".join(self.choices))

    def read(self, raw: object) -> frozenset[str]:
        if not isinstance(raw, list) or not all(word in self.choices for word in raw):
            raise ValueError(raw)
        if len(set(raw)) != len(raw):
            raise ValueError(raw)
        return frozenset(raw)

    def write(self, value: object) -> Json:
        if not isinstance(value, frozenset) or not value <= frozenset(self.choices):
            raise ValueError(value)
        return [word for word in self.choices if word in value]

    def words(self, value: object) -> str:
        return _listed(self.write(value))


@dataclass(frozen=True, slots=True)
class Numbers(Kind):
    """Rising whole numbers, such as the articles that need a specific approval."""

    number: Whole

    @property
    def allowed(self) -> str:
        return _("a list of rising numbers, each {one}").format(one=self.number.allowed)

    def read(self, raw: object) -> tuple[int, ...]:
        if not isinstance(raw, list):
            raise ValueError(raw)
        numbers = tuple(self.number.read(item) for item in raw)
        if list(numbers) != sorted(set(numbers)):
            raise ValueError(raw)
        return numbers

    def write(self, value: object) -> Json:
        if not isinstance(value, tuple):
            raise ValueError(value)
        return list(self.read(list(value)))

    def words(self, value: object) -> str:
        return _listed(self.write(value))


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """One line of the operator's own words, without markup or placeholders."""

    longest: int

    @property
    def allowed(self) -> str:
        return _("one line of at most {n} characters, without < > {{ }}").format(n=self.longest)

    def read(self, raw: object) -> str:
        if not isinstance(raw, str) or len(raw) > self.longest or not _ONE_LINE.fullmatch(raw):
            raise ValueError(raw)
        return raw

    def write(self, value: object) -> Json:
        return self.read(value)


@dataclass(frozen=True, slots=True)
class Span(Kind):
    """A duration in one of the given units."""

    units: tuple[DurationUnit, ...]
    high: int

    @property
    def allowed(self) -> str:
        return _('"N unit", N from 1 to {high}, unit one of {units}').format(
            high=self.high, units=", ".join(self.units)
        )

    def read(self, raw: object) -> Duration:
        if not isinstance(raw, str):
            raise ValueError(raw)
        duration = Duration.read(raw)
        if duration.unit not in self.units or duration.amount > self.high:
            raise ValueError(raw)
        return duration

    def write(self, value: object) -> Json:
        if not isinstance(value, Duration):
            raise ValueError(value)
        return self.read(value.write()).write()


@dataclass(frozen=True, slots=True)
class Windows(Kind):
    """Delivery windows by tier, in the order of their names; written as {"standard": [24, 72]}."""

    hours: Whole

    @property
    def allowed(self) -> str:
        return _("any of {tiers} with [from, to], from below to, each {one}").format(
            tiers=", ".join(TIERS), one=self.hours.allowed
        )

    def read(self, raw: object) -> tuple[DeliveryWindow, ...]:
        if not isinstance(raw, dict):
            raise ValueError(raw)
        return tuple(self._window(tier, hours) for tier, hours in sorted(raw.items()))

    def write(self, value: object) -> Json:
        if not isinstance(value, tuple):
            raise ValueError(value)
        written: dict[str, Json] = {w.tier: [w.from_hours, w.to_hours] for w in value}
        self.read(written)
        return written

    def words(self, value: object) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else ""

    def _window(self, tier: object, hours: object) -> DeliveryWindow:
        if not is_tier(tier) or not isinstance(hours, list) or len(hours) != 2:
            raise ValueError(tier)
        first, last = (self.hours.read(hour) for hour in hours)
        if first >= last:
            raise ValueError(tier)
        return DeliveryWindow(tier, first, last)


def _listed(written: Json) -> str:
    words = [str(item) for item in written] if isinstance(written, list) else []
    return ", ".join(words) or _("none")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range of a setting; of its number, its duration's amount or its text's length."""

    unit: Unit
    low: int
    high: int
    units: tuple[DurationUnit, ...] = ()


NO_BOUNDS = Bounds("", 0, 0)


def kind_of(annotation: object, bounds: Bounds) -> Kind:
    """Return the kind that an annotation of `legal.policy.Policy` stands for."""
    whole = Whole(bounds.low, bounds.high, bounds.unit)
    simple: dict[object, Kind] = {
        bool: Flag(),
        int: whole,
        int | None: OrNone(whole),
        str: Text(bounds.high),
        Duration: Span(bounds.units, bounds.high),
        tuple[int, ...]: Numbers(whole),
        tuple[DeliveryWindow, ...]: Windows(whole),
    }
    if get_origin(annotation) is Literal:
        return Choice(get_args(annotation))
    if get_origin(annotation) is frozenset:
        return Choices(get_args(get_args(annotation)[0]))
    return simple[annotation]
