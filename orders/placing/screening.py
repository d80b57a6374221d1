"""Which orders wait for staff because of what they name (AUP-01). Pure.

Texts are folded before they are compared, so that letter case, accents, full-width letters,
invisible characters and percent-encoding hide nothing. Rules: docs/placing.md, "Screening".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

from orders.models import BlockedTerm
from services.parameters import Value

# Encoded twice is encoded to hide something; more often than that no server undoes it.
_DECODINGS = 2
# No name has more: a longer one leads nowhere.
_MOST_LABELS = 127
_NO_HOST = re.compile(r"[^\w.-]+")
_INVISIBLE = ("Cf", "Cc")
# What the domain name system takes for a dot; the wide ones are folded to these two before.
_DOTS = str.maketrans({"\u3002": ".", "\uff61": "."})
_SPACES = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Screen:
    """The blocked terms, ready to be looked for."""

    hosts: frozenset[str]
    words: re.Pattern[str] | None


def fold(text: str) -> str:
    """The text as it is compared: also without accents, which a reader reads over."""
    spread = unicodedata.normalize("NFKD", _plain(text))
    return "".join(letter for letter in spread if unicodedata.category(letter) != "Mn")


def _plain(text: str) -> str:
    """Decoded, in small letters of the usual width, without what nobody sees."""
    for _turn in range(_DECODINGS):
        text = unquote(text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if unicodedata.category(letter) not in _INVISIBLE)


def fold_host(text: str) -> str:
    """A host as it is compared, in the letters of the domain name system."""
    host = _plain(text).translate(_DOTS).strip().strip(".").removeprefix("*.")
    try:
        return host.encode("idna").decode("ascii")
    except ValueError:
        return host


def found_terms(*, terms: tuple[str, ...], texts: Iterable[str]) -> list[str]:
    """The blocked terms that the texts name: "host:bad.example", "keyword:two words"."""
    if not terms:
        return []
    screen = _screen(terms)
    found: set[str] = set()
    for text in texts:
        found |= _hosts_in(screen, text) | _words_in(screen, text)
    return sorted(found)


def texts_of(*, url: str, values: Mapping[str, Value]) -> list[str]:
    """Everything of an order that a customer has written."""
    texts = [url]
    for value in values.values():
        texts += value if isinstance(value, list) else [str(value)]
    return texts


def _hosts_in(screen: _Screen, text: str) -> set[str]:
    found: set[str] = set()
    for token in _NO_HOST.split(_plain(text).translate(_DOTS)):
        labels = fold_host(token).split(".")[-_MOST_LABELS:] if "." in token else []
        for start in range(len(labels)):
            host = ".".join(labels[start:])
            if host in screen.hosts:
                found.add(f"{BlockedTerm.Kind.HOST.value}:{host}")
    return found


def _words_in(screen: _Screen, text: str) -> set[str]:
    if screen.words is None:
        return set()
    plain = fold(unquote_plus(text))
    matches = screen.words.finditer(plain)
    kind = BlockedTerm.Kind.KEYWORD.value
    return {f"{kind}:{_SPACES.sub(' ', match[0])}" for match in matches}


@lru_cache(maxsize=8)
def _screen(terms: tuple[str, ...]) -> _Screen:
    pairs = [term.partition(":") for term in terms]
    hosts = {fold_host(text) for kind, _colon, text in pairs if kind == BlockedTerm.Kind.HOST}
    words = {fold(text) for kind, _colon, text in pairs if kind == BlockedTerm.Kind.KEYWORD}
    patterns = [
        pattern for word in sorted(words, key=len, reverse=True) if (pattern := _word(word))
    ]
    return _Screen(
        hosts=frozenset(hosts - {""}), words=re.compile("|".join(patterns)) if patterns else None
    )


def _word(folded: str) -> str:
    """A pattern for one word or several. Where it begins or ends in a Latin letter or a digit, none
    may stand before or behind it; scripts without spaces are searched in the middle, too."""
    parts = [re.escape(part) for part in _SPACES.split(folded) if part]
    if not parts:
        return ""
    before = "(?<![a-z0-9])" if folded.strip()[0].isascii() else ""
    behind = "(?![a-z0-9])" if folded.strip()[-1].isascii() else ""
    return before + r"[\W_]+".join(parts) + behind
