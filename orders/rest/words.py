"""The words of every API (`orders.telling`) as REST v3 spells them: in_progress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orders.models import Order, Status
from orders.telling import ORDER_WORDS, PLAN_WORDS, REQUEST_WORDS


def spelt(word: str) -> str:
    return word.lower().replace(" ", "_")


def _each(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(spelt(word) for word in words))


STATUSES = _each(ORDER_WORDS.values())
REQUEST_STATES = _each(REQUEST_WORDS.values())
PLAN_STATES = _each(PLAN_WORDS.values())
# What a caller asks for by one word are all the states that are told by it.
BEHIND: Mapping[str, list[Status]] = {
    word: [status for status in ORDER_WORDS if spelt(ORDER_WORDS[status]) == word]
    for word in STATUSES
}


def status_of(order: Order) -> str:
    return spelt(ORDER_WORDS[Status(order.status)])
