"""Which of our types a provider means by the word that it calls one by, and whether what it
offers is what we sell."""

from __future__ import annotations

from services.providers.dialect import normalise_word
from services.types import Counting, ServiceType, spec_of

_BY_WORD = {normalise_word(str(label)): ServiceType(value) for value, label in ServiceType.choices}

# The least and the most of one order.
Range = tuple[int, int]


def type_of(raw_type: str) -> ServiceType | None:
    """None for a word that the trade does not know: nobody can say what such an order asks for."""
    return _BY_WORD.get(normalise_word(raw_type))


def means(raw_type: str, sold_type: str) -> bool:
    """What was written down by hand and without a word is meant as it is sold."""
    return not raw_type or type_of(raw_type) == sold_type


def takes(*, raw_type: str, offered: Range, sold_type: str, sold: Range) -> bool:
    """Whether every order of what is sold is one that the provider's service takes. The quantity of
    a package is one, whatever the limits say."""
    if not means(raw_type, sold_type):
        return False
    is_inside = offered[0] <= sold[0] and sold[1] <= offered[1]
    return is_inside or spec_of(sold_type).counting is Counting.ONE
