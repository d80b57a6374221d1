"""A provider's words as customers may read them: plain text, without a way around us.

What a provider writes is untrusted and often an advertisement. A line of a description with an
address, a handle, a number to call or the provider's own name is left out whole: a stump of it
would help nobody. Of a name as much is left as can be (DEL-01). Source: docs/price-lists.md.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3

from services.models import Provider
from services.syncing.cleaning import clean_name
from services.syncing.places import KINDS, PRAISE

LONGEST = 2000
# Much of what is read is markup; more of it nobody reads.
_LONGEST_READ = 5 * LONGEST
_BREAK = re.compile(r"<\s*(?:br|/p|/li|/div|/h\d)\b[^<>]*>", re.IGNORECASE)
# Only what is around the sign that gives it away: a search for whole addresses takes time that
# grows with the square of the text.
_CONTACT = re.compile(
    r"""(?ix)
    https?: | www\. | //                                   # an address
    | [\w-]\.(?:com|net|org|io|me|co|app|shop|store|online|site|info|biz|ru|in|pro|xyz|top)\b
    | [\w.+-]@[\w-] | (?<!\w)@\w{3}                        # a mailbox, a handle
    | (?:\+|\b00)[\d][\d\s().-]{7}                         # a telephone
    | \b(?:contact|write\ to|message|join|dm|call)\s+(?:us|our|me)\b | \bour\ (?:channel|site|panel)
    """
)

_PART = re.compile(r"\s*[|•·]\s*|\s[-–—]\s")
# Hosts are often called after what everybody sells.
_EVERYBODYS = PRAISE | {word for words in KINDS.values() for word in words.split()}


def brands_of(provider: Provider) -> frozenset[str]:
    """By what a text could name the provider: its name here, and its host without the ending."""
    host = (urlsplit(provider.url).hostname or "").split(".")
    names = {provider.name.casefold(), *(label.casefold() for label in host[:-1])}
    names = {name for name in names if len(name) > 3 and not name.isdecimal()}
    return frozenset(names - _EVERYBODYS)


def plain_name(name: str, *, brands: frozenset[str]) -> str:
    """A name without the parts that name the provider or lead to it; where no part is without, its
    other words. "" where nothing is left."""
    if not _leads_away(name, brands):
        return name
    parts = [part for part in _PART.split(name) if part.strip()]
    kept = [part for part in parts if not _leads_away(part, brands)]
    if kept:
        return clean_name(" | ".join(kept))
    words = " ".join(word for word in name.split() if not _CONTACT.search(word))
    for brand in sorted(brands, key=len, reverse=True):
        words = re.sub(re.escape(brand), " ", words, flags=re.IGNORECASE)
    left = clean_name(words)
    return "" if _leads_away(left, brands) else left


def plain_description(text: str, *, brands: frozenset[str]) -> str:
    """At most LONGEST characters, one paragraph a line; "" where nothing is left to say."""
    broken = _BREAK.sub("\n", text[:_LONGEST_READ])
    bare = html.unescape(nh3.clean(broken, tags=set()))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    kept = [line for line in lines if line and not _leads_away(line, brands)]
    return "\n".join(kept)[:LONGEST].strip()


def _leads_away(line: str, brands: frozenset[str]) -> bool:
    folded = line.casefold()
    return bool(_CONTACT.search(line)) or any(brand in folded for brand in brands)
