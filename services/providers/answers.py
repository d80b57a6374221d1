"""One HTTP answer as bytes, and the only door through which its text may leave: masked."""

import html
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, quote_plus

from services.providers.errors import EXCERPT_LIMIT

MASK = "***"
SHORTEST_KEY_PREFIX = 4
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@lru_cache(maxsize=64)
def _spellings(key: str) -> tuple[str, ...]:
    escaped = json.dumps(key)[1:-1]
    spellings = {key, escaped, escaped.replace("/", "\\/"), html.escape(key)}
    spellings |= {quote(key, safe=""), quote_plus(key)}
    return tuple(sorted(spellings - {""}, key=len, reverse=True))


def mask_key(text: str, key: str) -> str:
    """Replace the key wherever it is echoed, in every spelling a server may give it."""
    for spelling in _spellings(key):
        text = text.replace(spelling, MASK)
    return text


def _mask_cut_key(text: str, key: str) -> str:
    for length in range(len(key) - 1, SHORTEST_KEY_PREFIX - 1, -1):
        if text.endswith(key[:length]):
            return text[:-length] + MASK
    return text


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back after the first byte was sent.

    `status` is 0 when no status line arrived. `fault` names why `body` is incomplete (reset,
    deadline, truncated, too_large, malformed_http, encoding), None when it is whole.
    `retry_after_seconds` is the header as seconds from now, unbounded.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    fault: str | None = None
    retry_after_seconds: int | None = None
    key: str = field(default="", repr=False)

    def printable(self, text: str, limit: int = EXCERPT_LIMIT) -> str:
        """Provider text fit for a database and a page: masked, no control characters, cut."""
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", mask_key(text, self.key))[:limit]

    def excerpt(self) -> str:
        """The beginning of the body as evidence for staff, at most 500 characters."""
        return self.printable(_mask_cut_key(self.body.decode("utf-8", "replace"), self.key))
