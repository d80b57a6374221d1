"""Which of several doubtful orders a fall of a balance is explained by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, combinations

# More than that at once is no puzzle for a machine to solve alone.
MOST_DOUBTS = 6
# Providers round each order's price by itself.
ROUNDING_MICROS = 5_000


def explain(
    *, fallen_micros: int, known_micros: int, known: int, doubtful: Mapping[int, int]
) -> frozenset[int] | None:
    """The doubtful ones that were charged, if exactly one choice of them explains the fall.

    `known_micros` is what `known` accepted orders took, `doubtful` the price of each uncertain one
    by its key. None: no choice explains it, or more than one does.
    """
    if len(doubtful) > MOST_DOUBTS:
        return None
    unexplained = fallen_micros - known_micros
    sizes = range(len(doubtful) + 1)
    choices = chain.from_iterable(combinations(doubtful, size) for size in sizes)
    fitting = [
        choice
        for choice in choices
        if abs(unexplained - sum(doubtful[one] for one in choice))
        <= ROUNDING_MICROS * (known + len(choice))
    ]
    return frozenset(fitting[0]) if len(fitting) == 1 else None
