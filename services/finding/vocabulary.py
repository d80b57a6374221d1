"""Every word of the catalogue, to know what a word with a slip of the finger was meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.models import CatalogueVersion

# Of two letters one is too much to be guessed.
SHORTEST_GUESSED = 3

Vocabulary = Sequence[str]


def current_vocabulary() -> Vocabulary:
    """Read once by every process for each state of the catalogue."""
    return _vocabulary(CatalogueVersion.objects.values_list("number", flat=True).get())


def is_known(word: str, *, vocabulary: Vocabulary) -> bool:
    """Whether any word of the catalogue begins like this."""
    return any(whole.startswith(word) for whole in vocabulary)


def close_to(word: str, *, vocabulary: Vocabulary) -> list[str]:
    """The words of the catalogue, and beginnings of them, that are one slip away: a letter too
    many, missing, changed, or swapped with its neighbour. A figure is never guessed: who looks
    for 10k does not want 50k."""
    if len(word) < SHORTEST_GUESSED or any(letter.isdigit() for letter in word):
        return []
    lengths = (len(word) - 1, len(word), len(word) + 1)
    choices = {whole[:length] for whole in vocabulary for length in lengths}
    found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=1, limit=None)
    return sorted(choice for choice, _distance, _key in found)


@lru_cache(maxsize=2)
def _vocabulary(_number: int) -> Vocabulary:
    """By the number of the catalogue: each change of it draws another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM ts_stat('SELECT words FROM services_searchentry')")
        return tuple(word for (word,) in cursor.fetchall())
