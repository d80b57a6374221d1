"""What each single change to a dialect may be; how they fit together: `contradictions`.

A rule takes a value as JSON has it and returns it as the dialect keeps it, or raises `Wrong`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import partial
from typing import Any

from services.providers.dialect import MIB, ReportState, normalise_text, normalise_word
from services.providers.shapes import (
    PARAMETERS,
    ActionPlace,
    Actions,
    Encoding,
    Fields,
    KeyPlace,
    LineBreak,
    Method,
    NumberStyle,
    Reports,
)

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,59}", re.ASCII)
ACTION = re.compile(r"(?=.{1,60}\Z)[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*", re.ASCII)
MOST_ITEMS = 200
LONGEST_TEXT = 500
LONGEST_WORD = 60
FEWEST_LETTERS = 4
# Said about anything at all: nobody can tell from them what happened.
SAYS_NOTHING = frozenset(
    {"fail", "failed", "error", "errors", "false", "null", "none", "undefined", "success"}
    | {"unknown", "unknown error", "something went wrong", "processing", "internal error"}
    | {"an error occurred", "an error has occurred", "internal server error", "server error"}
    | {"try again", "try again later", "please try again", "please try again later"}
    | {"timeout", "timed out", "request timeout", "request timed out", "connection error"}
    | {"bad gateway", "gateway timeout", "service unavailable", "temporarily unavailable"}
    | {"service temporarily unavailable"}
)


class Wrong(ValueError):
    """A value outside its bounds: a stable `code` and the facts of the sentence about it."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Kind(StrEnum):
    """What a value looks like to whoever writes it down."""

    TEXT = "text"
    LIST = "list"
    NUMBER = "number"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Rule:
    kind: Kind
    check: Callable[[object], Any]


def says_something(text: str) -> bool:
    """Whether an answer with this text and no other can prove anything."""
    letters = sum(letter.isalpha() for letter in text)
    return letters >= FEWEST_LETTERS and normalise_text(text) not in SAYS_NOTHING


def _text(value: object, *, longest: int = LONGEST_WORD) -> str:
    if not isinstance(value, str):
        raise Wrong("not_text")
    if not value.strip():
        raise Wrong("empty")
    if len(value) > longest:
        raise Wrong("too_long", most=str(longest))
    return value.strip()


def _choice(kind: type[StrEnum], value: object) -> StrEnum:
    if not isinstance(value, str) or value not in list(kind):
        raise Wrong("not_choice", choices=", ".join(kind))
    return kind(value)


def _name(value: object) -> str:
    if not NAME.fullmatch(name := _text(value)):
        raise Wrong("bad_name", value=name)
    return name


def _action(value: object) -> str:
    if not ACTION.fullmatch(action := _text(value)):
        raise Wrong("bad_action", value=action)
    return action


def _list(check: Callable[[object], str], value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Wrong("not_list")
    if len(value) > MOST_ITEMS:
        raise Wrong("too_many", most=str(MOST_ITEMS))
    return tuple(dict.fromkeys(check(item) for item in value))


def _names(value: object) -> tuple[str, ...]:
    if not (names := _list(_name, value)):
        raise Wrong("empty")
    return names


def _word(value: object) -> str:
    if not normalise_word(word := _text(value)):
        raise Wrong("empty")
    return word


def _proof(value: object) -> str:
    text = _text(value, longest=LONGEST_TEXT)
    if not says_something(text):
        raise Wrong("says_nothing", value=text)
    return text


def _number(low: int, high: int, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong("not_number")
    if not low <= value <= high:
        raise Wrong("out_of_range", low=str(low), high=str(high))
    return value


def _whole(low: int, high: int, value: object) -> int:
    number = _number(low, high, value)
    if not isinstance(number, int):
        raise Wrong("not_whole")
    return number


def _per(value: object) -> int:
    if value not in (1, 10, 100, 1000) or isinstance(value, bool | float):
        raise Wrong("not_choice", choices="1, 10, 100, 1000")
    return int(str(value))


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("not_yes_no")
    return value


def _one_of(kind: type[StrEnum]) -> Rule:
    return Rule(Kind.TEXT, partial(_choice, kind))


def _between(low: int, high: int) -> Rule:
    return Rule(Kind.NUMBER, partial(_number, low, high))


def _whole_between(low: int, high: int) -> Rule:
    return Rule(Kind.NUMBER, partial(_whole, low, high))


_A_NAME = Rule(Kind.TEXT, _name)
_SOME_NAMES = Rule(Kind.LIST, _names)
_WORDS = Rule(Kind.LIST, partial(_list, _word))
_PROOFS = Rule(Kind.LIST, partial(_list, _proof))

# Lists of texts by their attribute of the dialect.
TEXT_LISTS: Mapping[str, str] = {
    "refusals": "refusal_texts",
    "account_refusals": "account_refusal_texts",
    "rate_limits": "rate_limit_texts",
    "duplicate_links": "duplicate_link_texts",
    "unknown_orders": "unknown_order_texts",
    "unknown_refills": "unknown_refill_texts",
    "follow_up_refusals": "follow_up_refusal_texts",
}
# A call ends within 20 s, before the lease of its order does: docs/forwarding.md.
LIMITS: Mapping[str, tuple[str, Rule]] = {
    "batch": ("batch_limit", _whole_between(1, 100)),
    "connect_seconds": ("connect_timeout_seconds", _between(1, 10)),
    "add_seconds": ("add_deadline_seconds", _between(1, 20)),
    "read_seconds": ("read_deadline_seconds", _between(1, 20)),
    "services_seconds": ("services_deadline_seconds", _between(1, 60)),
    "body_bytes": ("body_limit_bytes", _whole_between(1024, 4 * MIB)),
    "services_bytes": ("services_limit_bytes", _whole_between(1024, 16 * MIB)),
}

PARTS: Mapping[str, Mapping[str, Rule]] = {
    "calling": {
        "method": _one_of(Method),
        "encoding": _one_of(Encoding),
        "key_place": _one_of(KeyPlace),
        "key_name": _A_NAME,
        "action_place": _one_of(ActionPlace),
        "action_name": _A_NAME,
        "line_break": _one_of(LineBreak),
        "sends_numbers": Rule(Kind.YES_NO, _yes_no),
        "has_open_price_list": Rule(Kind.YES_NO, _yes_no),
    },
    "actions": {one.name: Rule(Kind.TEXT, _action) for one in fields(Actions)},
    "parameters": dict.fromkeys(sorted(PARAMETERS), _A_NAME),
    "fields": {one.name: _SOME_NAMES for one in fields(Fields)},
    "answers": {"wrappers": _SOME_NAMES, "reports": _one_of(Reports)},
    "prices": {"per": Rule(Kind.NUMBER, _per), "number_style": _one_of(NumberStyle)},
    "words": dict.fromkeys([*ReportState, "failure", "success"], _WORDS),
    "texts": dict.fromkeys([*TEXT_LISTS, "not_refusals"], _PROOFS),
    "limits": {name: rule for name, (_, rule) in LIMITS.items()},
}
