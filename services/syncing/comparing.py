"""What differs between a price list and what we hold of its provider: pure.

A service has one difference of each kind at most, so that each can be ticked by itself. One that is
back brings everything that it is now: it is never half back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta

from services.kinds import type_of
from services.models import SyncLine
from services.syncing.terms import FIELDS, Terms
from services.types import ServiceType

Kind = SyncLine.Kind

# A service that lacks in so many lists in a row is gone, if the first of them is that long ago: two
# lists of one bad minute are not two.
LISTS_UNTIL_GONE = 2
MISSED_FOR = timedelta(hours=6)

LIMITS = ("min_quantity", "max_quantity")
FLAGS = ("can_refill", "can_cancel", "can_drip_feed")
TEXTS = ("name", "raw_name", "raw_category", "description")


@dataclass(frozen=True, slots=True)
class Sold:
    """One of our services that is delivered by a provider's."""

    type: ServiceType
    min_quantity: int
    max_quantity: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A provider's service as we know it, and what we sell of it; `stands_in`: orders of ours go
    there when another provider refuses them. `is_missed_long`: the first list that lacked it is at
    least MISSED_FOR older than this one."""

    offer_id: int
    terms: Terms
    missed_lists: int = 0
    is_missed_long: bool = True
    is_gone: bool = False
    sold: tuple[Sold, ...] = ()
    stands_in: bool = False

    @property
    def is_sold(self) -> bool:
        return bool(self.sold) or self.stands_in


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` and `after` hold the values that differ; `held` is None for what is new."""

    kind: Kind
    external_id: str
    held: Held | None
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`missing` are held services that the list lacks, `found_again` those that it lacked before
    and that were not gone yet; by their numbers here."""

    differences: list[Difference]
    missing: list[int]
    missing_first: int
    found_again: list[int]


def compare(
    *, held: Mapping[str, Held], offered: Mapping[str, Terms], unreadable: Set[str]
) -> Comparison:
    """By the provider's number. A line that could not be read is there all the same."""
    differences: list[Difference] = []
    found_again: list[int] = []
    for number, terms in offered.items():
        known = held.get(number)
        differences += _differences(number, known, terms)
        if known is not None and known.missed_lists and not known.is_gone:
            found_again.append(known.offer_id)
    lacking = [
        (number, known)
        for number, known in held.items()
        if not known.is_gone and number not in offered and number not in unreadable
    ]
    gone = [
        Difference(Kind.GONE, number, known)
        for number, known in lacking
        if known.missed_lists + 1 >= LISTS_UNTIL_GONE and known.is_missed_long
    ]
    return Comparison(
        differences=differences + gone,
        missing=[known.offer_id for _number, known in lacking],
        missing_first=len(lacking) - len(gone),
        found_again=found_again,
    )


def _differences(number: str, held: Held | None, terms: Terms) -> list[Difference]:
    if held is None:
        return [Difference(Kind.NEW, number, None, after=terms.values())]
    if held.is_gone:
        return [_difference(Kind.BACK, number, held, terms, FIELDS)]
    if held.terms == terms:
        return []
    is_other = _is_other_type(held, terms)
    parts = (
        (_cost_kind(held, terms), ("cost_micros",)),
        (Kind.LIMITS, LIMITS),
        (Kind.FLAGS, FLAGS),
        (Kind.TYPE, ("raw_type",) if is_other else ()),
        (Kind.NAME, TEXTS if is_other else (*TEXTS, "raw_type")),
    )
    found = [_difference(kind, number, held, terms, fields) for kind, fields in parts]
    return [each for each in found if each.after]


def _difference(
    kind: Kind, number: str, held: Held, terms: Terms, fields: Iterable[str]
) -> Difference:
    pairs = [(name, getattr(held.terms, name), getattr(terms, name)) for name in fields]
    return Difference(
        kind,
        number,
        held,
        before={name: old for name, old, new in pairs if old != new},
        after={name: new for name, old, new in pairs if old != new},
    )


def _cost_kind(held: Held, terms: Terms) -> Kind:
    is_up = terms.cost_micros > held.terms.cost_micros
    return Kind.COST_UP if is_up else Kind.COST_DOWN


def _is_other_type(held: Held, terms: Terms) -> bool:
    """Another spelling is none; of a service that was written down by hand we know what we sell."""
    new, old = type_of(terms.raw_type), type_of(held.terms.raw_type)
    if not held.terms.raw_type:
        return any(each.type != new for each in held.sold)
    if new is None and old is None:
        return terms.raw_type.casefold() != held.terms.raw_type.casefold()
    return new != old
