"""Names as customers could read them: providers decorate theirs to be seen in long lists.

Gone are pictures, invisible characters, markup and strings of decoration; fancy alphabets
become plain letters. Capitals stay: they may be names. The provider's own spelling is kept too.
"""

from __future__ import annotations

import html
import re
import unicodedata

NAME_LIMIT = 300
_PASSES = 5

_TAG = re.compile(r"<(?:[/!]?[a-zA-Z]|!--)[^<>]*>")
# Whatever asks to be shown as a picture.
_PICTURE = re.compile(r"[^\x00-\x7f]\ufe0f")
# Symbols that mean something in a name of a service.
_MEANT = frozenset("°+<>=|~$€£¥%&")
_DROPPED = frozenset({"So", "Sk", "Sm", "Cc", "Cf", "Cs", "Co", "Cn"})
_SELECTORS = frozenset("\N{COMBINING ENCLOSING KEYCAP}") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}
_REPEATED = re.compile(r"([|\-–—_=~*•·.!#:>])(?:\s*\1)+")
_EDGES = " |-–—_=~*•·.,:;>«»"
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}")


class _Kept(dict[int, str]):
    """For `str.translate`: what stays of a character. Filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = _kept(chr(code))
        return kept


def _kept(character: str) -> str:
    if character in _SELECTORS or unicodedata.category(character) == "Cf":
        return ""
    is_decoration = unicodedata.category(character) in _DROPPED and character not in _MEANT
    return " " if is_decoration else character


_KEPT = _Kept()


def clean_name(raw: str) -> str:
    """At most 300 characters; "" where nothing but decoration was there. Cleaning what is clean
    changes nothing."""
    cleaned = raw
    for _pass in range(_PASSES):
        before, cleaned = cleaned, _cleaned_once(cleaned)
        if cleaned == before:
            break
    return cleaned[:NAME_LIMIT].rstrip(_EDGES)


def has_markup(text: str) -> bool:
    """Whether somebody who wrote it meant a browser to read it."""
    return _TAG.search(html.unescape(text)) is not None


def _cleaned_once(text: str) -> str:
    text = _PICTURE.sub(" ", _TAG.sub(" ", html.unescape(text)))
    text = unicodedata.normalize("NFKC", text)
    text = text.translate(_KEPT)
    text = _EMPTY_BRACKETS.sub(" ", _REPEATED.sub(r"\1", text))
    return " ".join(text.split()).strip(_EDGES)
