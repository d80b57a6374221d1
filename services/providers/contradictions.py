"""How the parts of a dialect have to fit together, so that no answer can be taken for another."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import combinations

from services.providers.dialect import Dialect, normalise_text
from services.providers.shapes import (
    PARAMETERS,
    ActionPlace,
    Encoding,
    KeyPlace,
    Method,
)

HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}", re.ASCII)
# What the transport writes itself, and what would change how a request is read.
OWN_HEADERS = frozenset(
    {"host", "content-length", "content-type", "content-encoding", "transfer-encoding"}
    | {"connection", "keep-alive", "te", "trailer", "upgrade", "expect", "range", "cookie"}
    | {"accept", "accept-encoding", "user-agent", "proxy-authorization", "proxy-connection"}
)
# Names that stand in one and the same answer.
TOGETHER = (
    ("order", "error", "message", "verdict"),
    ("refill", "error", "message", "verdict"),
    ("cancel", "error", "message", "verdict"),
    ("order", "refill", "cancel"),
    # A report.
    (
        *("order", "status", "charge", "start_count", "remains", "currency", "quantity"),
        *("orders", "posts", "expiry", "error", "message"),
    ),
    ("balance", "currency", "error", "message", "verdict"),
    # A line of a price list.
    (
        *("service", "name", "category", "type", "rate", "unit", "min", "max"),
        *("can_refill", "can_cancel", "can_drip_feed", "description"),
    ),
)
# Lists of which a text can be in one only: they decide differently.
APART = (
    *combinations(
        ("refusal_texts", "account_refusal_texts", "rate_limit_texts", "duplicate_link_texts"), 2
    ),
    *(
        (declined, other)
        for declined in ("follow_up_refusal_texts", "unknown_order_texts")
        for other in ("account_refusal_texts", "rate_limit_texts", "duplicate_link_texts")
    ),
)


@dataclass(frozen=True)
class Complaint:
    """What is wrong with changes: where, a stable `code`, and the facts of a sentence about it."""

    path: str
    code: str
    facts: dict[str, str] = field(default_factory=dict)


def contradictions(dialect: Dialect) -> Iterator[Complaint]:
    """Everything in a dialect that cannot be meant."""
    yield from _calling(dialect)
    yield from _sent_names(dialect)
    yield from _actions(dialect)
    yield from _read_names(dialect)
    yield from _texts(dialect)


def _calling(dialect: Dialect) -> Iterator[Complaint]:
    calling = dialect.calling
    if calling.method is Method.GET and calling.encoding is not Encoding.QUERY:
        yield Complaint("calling.encoding", "get_needs_query")
    if calling.sends_numbers and calling.encoding is not Encoding.JSON:
        yield Complaint("calling.sends_numbers", "numbers_need_json")
    is_header = calling.key_place is KeyPlace.HEADER
    name = calling.key_name
    if is_header and (not HEADER.fullmatch(name) or name.lower() in OWN_HEADERS):
        yield Complaint("calling.key_name", "bad_header", {"value": name})


def _sent_names(dialect: Dialect) -> Iterator[Complaint]:
    calling = dialect.calling
    sent = {name: dialect.parameters.get(name, name) for name in sorted(PARAMETERS)}
    if calling.key_place in (KeyPlace.PARAMETER, KeyPlace.QUERY):
        sent["key_name"] = calling.key_name
    if calling.action_place is ActionPlace.PARAMETER:
        sent["action_name"] = calling.action_name
    for one, other in combinations(sent, 2):
        if sent[one] == sent[other]:
            facts = {"value": sent[one], "one": one, "other": other}
            yield Complaint("parameters", "same_name", facts)


def _actions(dialect: Dialect) -> Iterator[Complaint]:
    words = asdict(dialect.actions)
    for one, other in combinations(words, 2):
        is_same = words[one].lower() == words[other].lower()
        if is_same and {one, other} != {"status", "statuses"}:
            facts = {"value": words[one], "one": one, "other": other}
            yield Complaint("actions", "same_name", facts)


def _read_names(dialect: Dialect) -> Iterator[Complaint]:
    names = {name: set(said) for name, said in asdict(dialect.fields).items()}
    pairs = {pair for group in TOGETHER for pair in combinations(group, 2)}
    for one, other in sorted(pairs):
        for name in sorted(names[one] & names[other]):
            yield Complaint("fields", "same_name", {"value": name, "one": one, "other": other})


def _texts(dialect: Dialect) -> Iterator[Complaint]:
    for one, other in APART:
        theirs = {normalise_text(text) for text in getattr(dialect, other)}
        for text in getattr(dialect, one):
            if normalise_text(text) in theirs:
                facts = {"value": text, "one": one, "other": other}
                yield Complaint("texts", "text_in_two_lists", facts)
    failures = {normalise_text(word) for word in dialect.failure_words}
    for word in dialect.success_words:
        if normalise_text(word) in failures:
            facts = {"value": word, "one": "success", "other": "failure"}
            yield Complaint("words", "text_in_two_lists", facts)
