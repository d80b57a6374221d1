"""A provider's description as customers may read it: plain text, without a way around us.

What a provider writes is untrusted and often an advertisement. A line with an address, a handle, a
number to call or the provider's own name is left out whole: a stump of it would help nobody
(DEL-01). Source: docs/price-lists.md.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3

from services.models import Provider

LONGEST = 2000
_BREAK = re.compile(r"<\s*(?:br|/p|/li|/div|/h\d)\b[^>]*>", re.IGNORECASE)
_CONTACT = re.compile(
    r"""(?ix)
    https?: | www\. | //                                   # an address
    | \b[\w-]+\.(?:com|net|org|io|me|co|app|shop|store|online|site|info|biz|ru|in|pro|xyz|top)\b
    | [\w.+-]+@[\w-]+ | (?<!\w)@\w{3,}                     # a mailbox, a handle
    | (?:\+|\b00)[\d][\d\s().-]{7,}                        # a telephone
    | \b(?:contact|write\ to|message|join|dm|call)\s+(?:us|our|me)\b | \bour\ (?:channel|site|panel)
    """
)


def brands_of(provider: Provider) -> frozenset[str]:
    """By what a text could name the provider: its name here, and its host without the ending."""
    host = (urlsplit(provider.url).hostname or "").split(".")
    names = {provider.name.casefold(), *(label.casefold() for label in host[:-1])}
    return frozenset(name for name in names if len(name) > 3 and not name.isdecimal())


def plain_description(text: str, *, brands: frozenset[str]) -> str:
    """At most LONGEST characters, one paragraph a line; "" where nothing is left to say."""
    bare = html.unescape(nh3.clean(_BREAK.sub("\n", text), tags=set()))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    kept = [line for line in lines if line and not _leads_away(line, brands)]
    return "\n".join(kept)[:LONGEST].strip()


def _leads_away(line: str, brands: frozenset[str]) -> bool:
    folded = line.casefold()
    return bool(_CONTACT.search(line)) or any(brand in folded for brand in brands)
