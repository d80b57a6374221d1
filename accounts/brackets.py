"""How much structure the JSON of a program may have: a megabyte of brackets takes half a second to
read, and honest calls come nowhere near it (S-25)."""

from __future__ import annotations

# A hundred orders of one call, each with a few lists, are far below it.
MOST_BRACKETS = 10_000


def are_too_many(text: bytes | str) -> bool:
    """Whether it opens more objects and lists than MOST_BRACKETS; brackets within texts count."""
    if isinstance(text, str):
        return text.count("{") + text.count("[") > MOST_BRACKETS
    return text.count(b"{") + text.count(b"[") > MOST_BRACKETS
