"""The answer to `add`, read exactly as the table "What the answer means" of docs/forwarding.md.

Pure: an `Answer` goes in, an external id comes out or one of the three errors is raised. Whatever
the table does not name is an unknown outcome.
"""

from services.providers.answers import Answer
from services.providers.dialect import Dialect, contains
from services.providers.errors import (
    AccountRefused,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
)
from services.providers.fields import external_id
from services.providers.naming import ABSENT, Entry, error_text, opened, pick
from services.providers.strict_json import Document, InvalidJson, Json, decode

LONGEST_RETRY_SECONDS = 900


def read_add(answer: Answer, *, dialect: Dialect) -> str:
    """The new upstream id as ASCII digits; raises Refused, NotSent, AccountRefused, OutcomeUnknown.

    Whether the id was given before is for the caller's database to say.
    """
    document = read_document(answer)
    value = opened(answer, document.value if document else None, dialect=dialect)
    body = value if isinstance(value, dict) else {}
    candidate = external_id(pick(body, dialect.fields.order))
    mentions_order = _mentions_order(answer, body, dialect=dialect)
    if not mentions_order:
        raise_for_refused_status(answer)
    reason = unusable_reason(answer, document)
    text = error_text(answer, body, dialect=dialect)
    if reason is None and text is not None:
        if not mentions_order:
            raise error_for_text(answer, text, dialect=dialect)
        reason = "contradictory"
    if reason is None:
        reason = _unaccepted_reason(answer, value, candidate)
    if reason is not None or candidate is None:
        raise OutcomeUnknown(reason or "bad_id", candidate_id=candidate, excerpt=answer.excerpt())
    return candidate


def _mentions_order(answer: Answer, body: Entry, *, dialect: Dialect) -> bool:
    """Whether a number may be hidden anywhere, also under the trade's own name for it."""
    return any(
        body[name] not in ABSENT if name in body else f'"{name}"'.encode() in answer.body
        for name in {*dialect.fields.order, "order"}
    )


def _unaccepted_reason(answer: Answer, value: Json, candidate: str | None) -> str | None:
    if not isinstance(value, dict):
        return "unexpected_shape"
    if candidate is None:
        return "bad_id"
    return None if answer.status < 300 else "http_status"


def read_document(answer: Answer) -> Document | None:
    """The decoded body, or None where it is no JSON text."""
    try:
        return decode(answer.body)
    except InvalidJson:
        return None


def raise_for_refused_status(answer: Answer) -> None:
    """Raise for a whole answer that turned us away by its HTTP status: 401, 403 and 429."""
    if answer.fault is not None:
        return
    if answer.status in {401, 403}:
        raise AccountRefused(answer.excerpt() or f"HTTP {answer.status}")
    if answer.status == 429:
        raise NotSent("rate_limited", retry_after_seconds=_retry_seconds(answer))


def unusable_reason(answer: Answer, document: Document | None) -> str | None:
    """Why an answer proves nothing at all, or None when its JSON may be read.

    A body is read on 2xx and on 4xx (many panels refuse with 400), never on 3xx and 5xx.
    """
    if answer.fault is not None:
        return answer.fault
    if not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        return "http_status"
    if document is None:
        return "not_json"
    return None if document.is_sound else "malformed_json"


def error_for_text(answer: Answer, text: str, *, dialect: Dialect) -> ProviderError:
    """The class of an error text that came without an order id."""
    if contains(dialect.account_refusal_texts, text):
        return AccountRefused(text)
    if contains(dialect.rate_limit_texts, text):
        return NotSent("rate_limited", retry_after_seconds=_retry_seconds(answer))
    if contains(dialect.refusal_texts, text):
        return Refused(text)
    is_duplicate = contains(dialect.duplicate_link_texts, text)
    return OutcomeUnknown(
        "duplicate_link" if is_duplicate else "unknown_error_text", excerpt=answer.excerpt()
    )


def _retry_seconds(answer: Answer) -> int | None:
    if answer.retry_after_seconds is None:
        return None
    return max(0, min(answer.retry_after_seconds, LONGEST_RETRY_SECONDS))
