"""Which of our types a provider means by the word that it calls one by."""

from __future__ import annotations

from services.providers.dialect import normalise_word
from services.types import ServiceType

_BY_WORD = {normalise_word(str(label)): ServiceType(value) for value, label in ServiceType.choices}


def type_of(raw_type: str) -> ServiceType | None:
    """None for a word that the trade does not know: nobody can say what such an order asks for."""
    return _BY_WORD.get(normalise_word(raw_type))
