"""What somebody typed, as words: folded by the same function as the names in the catalogue."""

from __future__ import annotations

from django.db import connection

LONGEST_SEARCH = 100
# Eight words describe any service; more would only cost time.
MOST_WORDS = 8


def words_of(said: str) -> list[str]:
    """The first words of it, lower case and without accents; nothing is left of signs alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT services_folded(%s)", [said[:LONGEST_SEARCH].replace("\0", " ")])
        (folded,) = cursor.fetchone()
    return list(dict.fromkeys(folded.split()))[:MOST_WORDS]
