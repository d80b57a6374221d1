"""Reading `status`, `balance` and `services`: nothing here moves money by itself.

Rules: docs/following.md, "What a report does". One bad item affects only itself, ids that were not
asked are ignored, an id that is missing or unknown upstream is never a cancellation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.providers.answers import Answer
from services.providers.dialect import Dialect, ReportState, contains, normalise_word
from services.providers.errors import OutcomeUnknown, ProviderError, Refused
from services.providers.fields import amount, count, evidence, external_id
from services.providers.naming import Entry, complaint_of, error_text, has, opened, pick
from services.providers.replies import (
    error_for_text,
    raise_for_refused_status,
    read_document,
    unusable_reason,
)
from services.providers.shapes import Reports
from services.providers.strict_json import Json

# Orders of one subscription; a list that goes on is cut, and the rest is not known.
LONGEST_LIST = 5000


@dataclass(frozen=True)
class SubscriptionReport:
    """What an order that makes further ones tells besides its status: their numbers, how many
    posts it is for and its last day, the two as texts ("" where it does not say)."""

    orders: tuple[str, ...]
    posts: str = ""
    expiry: str = ""


@dataclass(frozen=True)
class Report:
    """One order as the provider sees it.

    `state` is None for a word the dialect does not know. `remains` and `start_count` are None
    unless they are whole numbers beyond doubt; `remains_text` (None when absent) is what was
    really said. `charge` and `currency` serve the report on margins only;
    `is_duplicate`: it names another order for the same link as the reason. `quantity` is what the
    provider says was ordered, which few do; `subscription` is None unless it tells of further
    orders.
    """

    state: ReportState | None
    word: str
    start_count: int | None = None
    remains: int | None = None
    remains_text: str | None = None
    charge: Decimal | None = None
    currency: str | None = None
    is_duplicate: bool = False
    quantity: int | None = None
    subscription: SubscriptionReport | None = None


@dataclass(frozen=True)
class Unreadable:
    """No report for this id; `reason` is missing, unknown_order, error, no_status, not_object or
    not_asked."""

    reason: str
    text: str = ""


@dataclass(frozen=True)
class Balance:
    """Our funds at the provider in its own currency, exact."""

    amount: Decimal
    currency: str | None


def read_statuses(
    answer: Answer, *, asked: Sequence[str], dialect: Dialect
) -> dict[str, Report | Unreadable]:
    """One entry for every id asked, in that order.

    Raises AccountRefused, NotSent, Refused (the provider complains about the call as a whole) or
    OutcomeUnknown (the answer as a whole cannot be read): then nothing is known about any id.
    """
    body = read_body(answer, dialect=dialect)
    ids = list(dict.fromkeys(asked))
    if isinstance(body, list) and dialect.reports is Reports.LIST:
        body = _by_number(body, dialect=dialect)
    if not isinstance(body, dict):
        raise OutcomeUnknown("unexpected_shape", excerpt=answer.excerpt())
    if len(ids) == 1 and ids[0] not in body:
        if _is_bare_report(body, dialect=dialect):
            return {ids[0]: _report(answer, body, dialect=dialect)}
        text = error_text(answer, body, dialect=dialect)
        if text is not None and contains(dialect.unknown_order_texts, text):
            return {ids[0]: Unreadable("unknown_order", text)}
    if not any(external_id in body for external_id in ids):
        raise_for_complaint(answer, body, dialect=dialect)
    return {external_id: _item(answer, body, external_id, dialect=dialect) for external_id in ids}


def read_balance(answer: Answer, *, dialect: Dialect) -> Balance:
    """Our balance; raises AccountRefused, NotSent, Refused or OutcomeUnknown."""
    body = read_body(answer, dialect=dialect)
    if not isinstance(body, dict):
        raise OutcomeUnknown("unexpected_shape", excerpt=answer.excerpt())
    raise_for_complaint(answer, body, dialect=dialect)
    funds = amount(pick(body, dialect.fields.balance), dialect.prices.number_style)
    if funds is None:
        raise OutcomeUnknown("no_balance", excerpt=answer.excerpt())
    return Balance(amount=funds, currency=_text(answer, pick(body, dialect.fields.currency)))


def read_body(answer: Answer, *, dialect: Dialect) -> Json:
    """The body of a reading call, unwrapped; malformed values inside are left to their readers."""
    raise_for_refused_status(answer)
    document = read_document(answer)
    reason = unusable_reason(answer, document)
    if document is None or reason not in (None, "malformed_json"):
        raise OutcomeUnknown(reason or "not_json", excerpt=answer.excerpt())
    return opened(answer, document.value, dialect=dialect)


def raise_for_complaint(answer: Answer, body: Entry, *, dialect: Dialect) -> None:
    """Raise when the provider refuses a reading call as a whole; nothing can be uncertain then."""
    text = error_text(answer, body, dialect=dialect)
    if text is None:
        return
    error: ProviderError = error_for_text(answer, text, dialect=dialect)
    raise Refused(text) if isinstance(error, OutcomeUnknown) else error


def _is_bare_report(body: Entry, *, dialect: Dialect) -> bool:
    # {"status": "success", ...} alone is an envelope, not a completed order.
    told = dialect.fields
    return has(body, told.status) and has(body, (*told.remains, *told.charge, *told.orders))


def _by_number(items: list[Json], *, dialect: Dialect) -> Entry:
    """A list of reports, each naming its order, as an object: nobody's report is left out, and of
    two about one order neither counts."""
    found: Entry = {}
    for item in items:
        number = external_id(pick(item, dialect.fields.order)) if isinstance(item, dict) else None
        if number is not None:
            found[number] = "reported twice" if number in found else item
    return found


def _item(
    answer: Answer, body: Entry, external_id: str, *, dialect: Dialect
) -> Report | Unreadable:
    item = body.get(external_id)
    if external_id not in body:
        return Unreadable("missing")
    if isinstance(item, dict):
        return _report(answer, item, dialect=dialect)
    text = evidence(answer, item)
    is_unknown = contains(dialect.unknown_order_texts, text)
    return Unreadable("unknown_order" if is_unknown else "not_object", text)


def _report(answer: Answer, item: Entry, *, dialect: Dialect) -> Report | Unreadable:
    told = dialect.fields
    complaint = complaint_of(item, dialect=dialect)
    text = "" if complaint is None else evidence(answer, complaint)
    is_duplicate = contains(dialect.duplicate_link_texts, text)
    if text and not is_duplicate:
        is_unknown = contains(dialect.unknown_order_texts, text)
        return Unreadable("unknown_order" if is_unknown else "error", text)
    status = pick(item, told.status)
    if not isinstance(status, str | int) or isinstance(status, bool) or status == "":
        return Unreadable("no_status", text or evidence(answer, status))
    word, remains = evidence(answer, status), pick(item, told.remains)
    return Report(
        state=dialect.states.get(normalise_word(word)),
        word=word,
        start_count=count(pick(item, told.start_count)),
        remains=count(remains),
        remains_text=evidence(answer, remains) if has(item, told.remains) else None,
        charge=amount(pick(item, told.charge), dialect.prices.number_style),
        currency=_text(answer, pick(item, told.currency)),
        is_duplicate=is_duplicate,
        quantity=count(pick(item, told.quantity)),
        subscription=read_subscription(answer, item, dialect=dialect),
    )


def read_subscription(
    answer: Answer, item: Entry, *, dialect: Dialect
) -> SubscriptionReport | None:
    """The part of a report that only a subscription has. What is no number in its list is left
    out: an order that cannot be asked about is none."""
    orders = pick(item, dialect.fields.orders)
    if not isinstance(orders, list):
        return None
    numbers = (external_id(number) for number in orders[:LONGEST_LIST])
    return SubscriptionReport(
        orders=tuple(dict.fromkeys(number for number in numbers if number is not None)),
        posts=_text(answer, pick(item, dialect.fields.posts)) or "",
        expiry=_text(answer, pick(item, dialect.fields.expiry)) or "",
    )


def _text(answer: Answer, value: Json) -> str | None:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and value != "":
        return evidence(answer, value, limit=40)
    return None
