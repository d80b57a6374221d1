"""Search by number, by words and by words with a typo: built-in full text over what
services/sql/search.sql keeps, and the catalogue's own vocabulary for what was mistyped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from services.finding.asking import words_of
from services.finding.vocabulary import close_to, current_vocabulary, is_known
from services.models import ServiceQuerySet
from wallet.money import read_number


@dataclass(frozen=True, slots=True)
class Found:
    """The best ones first. `is_guess` says that no service holds the words as they were typed."""

    services: ServiceQuerySet
    is_guess: bool = False


def search_number(*, words: str, among: ServiceQuerySet) -> Found | None:
    """The service whose number it is, "12" or "#12"; None where that is no number of any."""
    number = read_number(words.strip().removeprefix("#"))
    if number is None:
        return None
    exact = among.filter(pk=number)
    return Found(exact) if exact.exists() else None


def search_words(*, words: str, among: ServiceQuerySet) -> Found:
    """Those that hold each word, or its beginning, in their own name or in their category's or
    platform's; if there are none, those that hold what is one slip of the finger away. Equally
    good ones keep the order of `among`."""
    for is_guess, query in _attempts(words_of(words)):
        hits = among.filter(search_entry__words=query)
        if hits.exists():
            rank = SearchRank(F("search_entry__words"), query)
            best_first = hits.alias(rank=rank).order_by("-rank", *among.query.order_by)
            return Found(best_first, is_guess=is_guess)
    return Found(among.none())


def _attempts(asked: list[str]) -> Iterator[tuple[bool, SearchQuery]]:
    """As typed; then only the words that nobody knows taken for others; then all of them."""
    if not asked:
        return
    yield False, _query([word] for word in asked)
    known = current_vocabulary()
    meant = {word: [word, *close_to(word, vocabulary=known)] for word in asked}
    yield (
        True,
        _query([word] if is_known(word, vocabulary=known) else meant[word] for word in asked),
    )
    yield True, _query(meant.values())


def _query(choices: Iterable[Iterable[str]]) -> SearchQuery:
    """All of them, each as one of its choices. Folded words hold no sign that means anything."""
    every = " & ".join("(" + " | ".join(f"'{word}':*" for word in words) + ")" for words in choices)
    return SearchQuery(every, search_type="raw", config="simple")
