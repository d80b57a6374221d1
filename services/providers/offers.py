"""Reading a provider's price list; an untrusted document of up to tens of thousands of items."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from services.providers.answers import Answer
from services.providers.dialect import Dialect, normalise_word
from services.providers.errors import OutcomeUnknown
from services.providers.fields import amount, count, evidence, external_id, flag
from services.providers.naming import Entry, first, has, pick
from services.providers.reports import raise_for_complaint, read_body
from services.providers.strict_json import Json

NAME_LIMIT = 500
DESCRIPTION_LIMIT = 10_000
UNITS = (1, 10, 100, 1000)
# Their price is for the whole, whatever unit the list is in.
PACKAGES = frozenset({"package", "customcommentspackage"})


@dataclass(frozen=True)
class OfferedService:
    """One line of a price list. `rate` is per 1000 in the provider's currency, exact; of a
    package it is for the whole.

    Texts are the provider's own, control characters replaced, not yet safe as HTML.
    """

    external_id: str
    name: str
    category: str
    type: str
    rate: Decimal
    min_quantity: int
    max_quantity: int
    has_refill: bool
    has_cancel: bool
    has_dripfeed: bool
    description: str


@dataclass(frozen=True)
class RejectedItem:
    """A line that is not offered: its place in the list, what is wrong, the id if readable."""

    position: int
    reason: str
    external_id: str | None


@dataclass(frozen=True)
class Offer:
    """A whole price list, sound and rejected lines apart."""

    services: list[OfferedService]
    rejected: list[RejectedItem]


class _Unsound(ValueError):
    """Names what is wrong with one line."""


def read_services(answer: Answer, *, dialect: Dialect) -> Offer:
    """The price list; raises AccountRefused, NotSent, Refused or OutcomeUnknown.

    Lines sharing an id are all rejected: which of them is meant is not ours to guess.
    """
    items = _items(answer, dialect=dialect)
    names = dialect.fields.service
    ids = [external_id(pick(item, names)) if isinstance(item, dict) else None for item in items]
    repeated = {name for name, times in Counter(ids).items() if times > 1}
    offer = Offer(services=[], rejected=[])
    for position, (item, name) in enumerate(zip(items, ids, strict=True)):
        try:
            if name in repeated and name is not None:
                raise _Unsound("duplicate_id")
            offer.services.append(_service(answer, item, name, dialect=dialect))
        except _Unsound as error:
            offer.rejected.append(RejectedItem(position, str(error), name))
    return offer


def _items(answer: Answer, *, dialect: Dialect) -> list[Json]:
    body = read_body(answer, dialect=dialect)
    if isinstance(body, dict):
        raise_for_complaint(answer, body, dialect=dialect)
        body = body.get("services") or body.get("data")
    if not isinstance(body, list):
        raise OutcomeUnknown("unexpected_shape", excerpt=answer.excerpt())
    return body


def _service(answer: Answer, item: Json, name: str | None, *, dialect: Dialect) -> OfferedService:
    if not isinstance(item, dict):
        raise _Unsound("not_object")
    if name is None:
        raise _Unsound("bad_id")
    told = dialect.fields
    min_quantity, max_quantity = count(pick(item, told.min)), count(pick(item, told.max))
    if min_quantity is None or max_quantity is None or min_quantity > max_quantity:
        raise _Unsound("bad_limits")
    title = pick(item, told.name)
    if not isinstance(title, str) or title == "":
        raise _Unsound("bad_name")
    kind = _text(answer, pick(item, told.type), NAME_LIMIT) or "Default"
    return OfferedService(
        external_id=name,
        name=_text(answer, title, NAME_LIMIT),
        category=_text(answer, pick(item, told.category), NAME_LIMIT),
        type=kind,
        rate=_rate(item, kind, dialect=dialect),
        min_quantity=min_quantity,
        max_quantity=max_quantity,
        has_refill=flag(pick(item, told.can_refill)),
        has_cancel=flag(pick(item, told.can_cancel)),
        has_dripfeed=flag(pick(item, told.can_drip_feed)),
        description=_text(answer, first(item, told.description), DESCRIPTION_LIMIT),
    )


def _rate(item: Entry, kind: str, *, dialect: Dialect) -> Decimal:
    """What a thousand cost, or one package."""
    rate = amount(pick(item, dialect.fields.rate), dialect.prices.number_style)
    per = dialect.prices.per
    if has(item, dialect.fields.unit):
        per = count(pick(item, dialect.fields.unit)) or 0
    if rate is None or rate < 0 or per not in UNITS:
        raise _Unsound("bad_rate")
    return rate if normalise_word(kind) in PACKAGES else rate * (1000 // per)


def _text(answer: Answer, value: Json, limit: int) -> str:
    return evidence(answer, value, limit=limit) if isinstance(value, str) else ""
