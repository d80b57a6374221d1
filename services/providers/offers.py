"""Reading a provider's price list; an untrusted document of up to tens of thousands of items."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from services.providers.answers import Answer
from services.providers.dialect import Dialect
from services.providers.errors import OutcomeUnknown
from services.providers.fields import count, decimal, evidence, external_id, flag
from services.providers.reports import raise_for_complaint, read_body
from services.providers.strict_json import Json

NAME_LIMIT = 500
DESCRIPTION_LIMIT = 10_000


@dataclass(frozen=True)
class OfferedService:
    """One line of a price list. `rate` is per 1000 in the provider's currency, exact.

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
    ids = [external_id(item.get("service")) if isinstance(item, dict) else None for item in items]
    repeated = {name for name, times in Counter(ids).items() if times > 1}
    offer = Offer(services=[], rejected=[])
    for position, (item, name) in enumerate(zip(items, ids, strict=True)):
        try:
            if name in repeated and name is not None:
                raise _Unsound("duplicate_id")
            offer.services.append(_service(answer, item, name))
        except _Unsound as error:
            offer.rejected.append(RejectedItem(position, str(error), name))
    return offer


def _items(answer: Answer, *, dialect: Dialect) -> list[Json]:
    body = read_body(answer)
    if isinstance(body, dict):
        raise_for_complaint(answer, body, dialect=dialect)
        body = body.get("services") or body.get("data")
    if not isinstance(body, list):
        raise OutcomeUnknown("unexpected_shape", excerpt=answer.excerpt())
    return body


def _service(answer: Answer, item: Json, name: str | None) -> OfferedService:
    if not isinstance(item, dict):
        raise _Unsound("not_object")
    if name is None:
        raise _Unsound("bad_id")
    rate = decimal(item.get("rate"))
    if rate is None or rate < 0:
        raise _Unsound("bad_rate")
    min_quantity, max_quantity = count(item.get("min")), count(item.get("max"))
    if min_quantity is None or max_quantity is None or min_quantity > max_quantity:
        raise _Unsound("bad_limits")
    if not isinstance(item.get("name"), str) or item["name"] == "":
        raise _Unsound("bad_name")
    return OfferedService(
        external_id=name,
        name=_text(answer, item.get("name"), NAME_LIMIT),
        category=_text(answer, item.get("category"), NAME_LIMIT),
        type=_text(answer, item.get("type"), NAME_LIMIT) or "Default",
        rate=rate,
        min_quantity=min_quantity,
        max_quantity=max_quantity,
        has_refill=flag(item.get("refill")),
        has_cancel=flag(item.get("cancel")),
        has_dripfeed=flag(item.get("dripfeed")),
        description=_text(answer, item.get("desc") or item.get("description"), DESCRIPTION_LIMIT),
    )


def _text(answer: Answer, value: Json, limit: int) -> str:
    return evidence(answer, value, limit=limit) if isinstance(value, str) else ""
