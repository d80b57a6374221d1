"""Whether a provider's new words for one number still name the same service: pure.

Providers re-word what they sell every week, and now and then give a number to something else. What
is sold (views, likes) and where decide; praise, conditions and numbers do not. It is a guess that
makes a person look, and decides nothing. Source: docs/price-lists.md, "What needs a person".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from services.syncing.cleaning import clean_name
from services.syncing.places import KINDS, PRAISE

# Of 100. A word in common brings more than that, names without one have about 30.
LEAST_ALIKE = 50

_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
# They say how it is delivered, and change from week to week.
_CONDITIONS = frozenset(
    {
        "a", "and", "button", "cancel", "daily", "day", "days", "drop", "for", "from", "guarantee",
        "guaranteed", "high", "hour", "hours", "in", "lifetime", "low", "max", "min", "month", "no",
        "of", "per", "quality", "refill", "slow", "speed", "start", "super", "to", "ultra", "week",
        "with", "without", "working", "zero",
    }
)  # fmt: skip
_SAID = _KIND_OF.keys() | PRAISE | _CONDITIONS
_BRACKETED = re.compile(r"\[[^\]]*\]|\([^)]*\)|\{[^}]*\}")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Naming:
    """As the provider wrote them."""

    name: str
    category: str


def is_another(old: Naming, new: Naming) -> bool:
    """Whether a person should look: another kind of thing, or hardly a word alike."""
    before, after = _words(old.name), _words(new.name)
    shelf_before, shelf_after = _words(old.category), _words(new.category)
    kinds = _kinds(before) or _kinds(shelf_before)
    kinds_now = _kinds(after) or _kinds(shelf_after)
    if not kinds or not kinds_now:
        return not _are_alike(before, after)
    if kinds.isdisjoint(kinds_now):
        return True
    told, told_now = _telling(before), _telling(after)
    if told and told_now:
        return not _are_alike(told, told_now)
    return not _are_alike(_telling(shelf_before), _telling(shelf_after))


def _words(text: str) -> list[str]:
    """Without what stands in brackets, unless nothing else is there."""
    cleaned = clean_name(text).casefold()
    return _WORD.findall(_BRACKETED.sub(" ", cleaned)) or _WORD.findall(cleaned)


def _kinds(words: Iterable[str]) -> set[str]:
    return {_KIND_OF[word] for word in words if word in _KIND_OF}


def _telling(words: Iterable[str]) -> list[str]:
    """What is left names the place, as a rule."""
    return [word for word in words if word not in _SAID and not any(map(str.isdigit, word))]


def _are_alike(some: list[str], others: list[str]) -> bool:
    """Words that were added or left out make nothing another service."""
    if not some or not others:
        return True
    return fuzz.token_set_ratio(" ".join(some), " ".join(others)) >= LEAST_ALIKE
