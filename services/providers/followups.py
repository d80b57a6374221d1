"""Reading the answers to `refill`, `refill_status` and `cancel`.

The first and the last ask for something to be done, and a call that may have arrived is never
repeated. So their answers are classed like that to `add`: taken (a value is returned), declined
for certain (`Refused`), not sent (`NotSent`, `AccountRefused`), unknown (`OutcomeUnknown`).
Spellings: docs/after-an-order.md, "What providers answer".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.providers.answers import Answer
from services.providers.dialect import Dialect, ReportState, contains, normalise_word
from services.providers.errors import OutcomeUnknown, ProviderError, Refused
from services.providers.fields import evidence, external_id
from services.providers.naming import (
    ABSENT,
    Entry,
    complaint_of,
    error_text,
    first,
    has,
    opened,
    pick,
)
from services.providers.replies import (
    error_for_text,
    raise_for_refused_status,
    read_document,
    unusable_reason,
)
from services.providers.reports import Unreadable, raise_for_complaint, read_body
from services.providers.shapes import Names
from services.providers.strict_json import Json


class RefillState(StrEnum):
    """What a provider's word about a refill means to us."""

    RUNNING = "running"
    COMPLETED = "completed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class RefillReport:
    """`state` is None for a word that the dialect does not know, or that refills do not have."""

    state: RefillState | None
    word: str


_REFILL_STATES = {
    ReportState.PENDING: RefillState.RUNNING,
    ReportState.IN_PROGRESS: RefillState.RUNNING,
    ReportState.PROCESSING: RefillState.RUNNING,
    ReportState.COMPLETED: RefillState.COMPLETED,
    ReportState.CANCELED: RefillState.REJECTED,
    ReportState.FAILED: RefillState.REJECTED,
}


def read_refill(answer: Answer, *, asked: str, dialect: Dialect) -> str | None:
    """The refill's own number at the provider; None where it was taken without one.

    Raises Refused, NotSent, AccountRefused, OutcomeUnknown.
    """
    value = _taken(answer, names=dialect.fields.refill, asked=asked, dialect=dialect)
    number = external_id(value)
    if number is None and value not in ABSENT:
        raise OutcomeUnknown("bad_id", excerpt=answer.excerpt())
    return number


def read_cancel(answer: Answer, *, asked: str, dialect: Dialect) -> None:
    """Returns when the request was taken, which cancels nothing yet: the order's reports tell.

    Raises Refused, NotSent, AccountRefused, OutcomeUnknown.
    """
    value = _taken(answer, names=dialect.fields.cancel, asked=asked, dialect=dialect)
    is_yes = value in ABSENT or value is True or external_id(value) is not None
    if not is_yes and not contains(dialect.success_words, evidence(answer, value)):
        raise OutcomeUnknown("unexpected_shape", excerpt=answer.excerpt())


def _taken(answer: Answer, *, names: Names, asked: str, dialect: Dialect) -> Json:
    """What the answer says under `names` of the order that was asked about: its value, or nothing
    beside a word of success. Raises for everything else."""
    document = read_document(answer)
    entry = _entry_of(answer, document.value if document else None, asked=asked, dialect=dialect)
    value = pick(entry, names)
    is_named = value not in ABSENT and not isinstance(value, dict)
    if not is_named:
        raise_for_refused_status(answer)
    reason = unusable_reason(answer, document)
    complaint = error_text(answer, value if isinstance(value, dict) else entry, dialect=dialect)
    if reason is None and complaint is not None:
        if not is_named:
            raise _error_for(answer, complaint, dialect=dialect)
        reason = "contradictory"
    if reason is None and not (is_named or _is_success(answer, entry, dialect=dialect)):
        reason = "unexpected_shape"
    if reason is None and answer.status >= 300:
        reason = "http_status"
    if reason is not None:
        raise OutcomeUnknown(reason, excerpt=answer.excerpt())
    return value


def _entry_of(answer: Answer, value: Json, *, asked: str, dialect: Dialect) -> Entry:
    """The part of an answer that is about one order: of a list, of an object by numbers, or all."""
    value = opened(answer, value, dialect=dialect)
    if isinstance(value, list):
        entries = [one for one in value if isinstance(one, dict)]
        mine = [one for one in entries if _names(one, dialect.fields.order, asked)]
        return mine[0] if len(mine) == 1 else {}
    if not isinstance(value, dict):
        return {}
    inner = value.get(asked)
    return inner if isinstance(inner, dict) else value


def _names(entry: Entry, names: Names, asked: str) -> bool:
    return external_id(pick(entry, names)) == asked


def _is_success(answer: Answer, entry: Entry, *, dialect: Dialect) -> bool:
    """{"status": "success"}, or a `success` that says anything but no."""
    verdicts = [evidence(answer, entry.get(name)) for name in dialect.fields.verdict]
    if any(contains(dialect.success_words, verdict) for verdict in verdicts):
        return True
    said = entry.get("success")
    return said is True or said == 1 or (isinstance(said, str) and said != "")


def _error_for(answer: Answer, text: str, *, dialect: Dialect) -> ProviderError:
    declined = dialect.follow_up_refusal_texts + dialect.unknown_order_texts
    if contains(declined, text):
        return Refused(text)
    return error_for_text(answer, text, dialect=dialect)


def read_refill_statuses(
    answer: Answer, *, asked: Sequence[str], dialect: Dialect
) -> dict[str, RefillReport | Unreadable]:
    """One entry for every refill asked about, in that order.

    `Unreadable.reason` is missing, unknown_refill, error or no_status. Raises AccountRefused,
    NotSent, Refused (a complaint about the call as a whole) or OutcomeUnknown.
    """
    body = read_body(answer, dialect=dialect)
    ids = list(dict.fromkeys(asked))
    if isinstance(body, list):
        entries = [one for one in body if isinstance(one, dict)]
        found = {number: _status_in(entries, number, dialect=dialect) for number in ids}
    elif isinstance(body, dict):
        found = _statuses_of(answer, body, ids, dialect=dialect)
    else:
        raise OutcomeUnknown("unexpected_shape", excerpt=answer.excerpt())
    return {number: _report(answer, found[number], dialect=dialect) for number in ids}


def _status_in(entries: list[Entry], number: str, *, dialect: Dialect) -> Json:
    mine = [entry for entry in entries if _names(entry, dialect.fields.refill, number)]
    return pick(mine[0], dialect.fields.status) if len(mine) == 1 else None


def _statuses_of(
    answer: Answer, body: Entry, ids: list[str], *, dialect: Dialect
) -> dict[str, Json]:
    if any(number in body for number in ids):
        return {number: _inner_status(body.get(number), dialect=dialect) for number in ids}
    told = dialect.fields
    is_envelope = first(body, (*told.error, *told.message)) is not None
    if len(ids) == 1 and has(body, told.status) and not is_envelope:
        return {ids[0]: pick(body, told.status)}
    text = error_text(answer, body, dialect=dialect)
    if len(ids) == 1 and text is not None and contains(dialect.unknown_refill_texts, text):
        return {ids[0]: {"error": text}}
    raise_for_complaint(answer, body, dialect=dialect)
    return dict.fromkeys(ids)


def _inner_status(value: Json, *, dialect: Dialect) -> Json:
    if isinstance(value, dict) and not has(value, dialect.fields.error):
        return pick(value, dialect.fields.status)
    return value


def _report(answer: Answer, status: Json, *, dialect: Dialect) -> RefillReport | Unreadable:
    if status in ABSENT:
        return Unreadable("missing")
    if isinstance(status, dict):
        text = evidence(answer, complaint_of(status, dialect=dialect))
        is_unknown = contains(dialect.unknown_refill_texts, text)
        return Unreadable("unknown_refill" if is_unknown else "error", text)
    word = evidence(answer, status)
    state = dialect.states.get(normalise_word(word))
    is_code = isinstance(status, int) and not isinstance(status, bool) and state is not None
    if not (isinstance(status, str) or is_code):
        return Unreadable("no_status", word)
    return RefillReport(_REFILL_STATES.get(state) if state else None, word)
