"""Links that look as if only some people could open them (CAT-07). Nothing is fetched: what a link
looks like is a reason to ask, never to refuse."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

# By the habits of many platforms: invitations, settings, direct messages, channels by number.
_PRIVATE_PATH = re.compile(
    r"/(?:\+[^/]+|joinchat|invite|private|direct|messages?|inbox|settings|account|accounts"
    r"|login|signin|dashboard|studio|drafts?|c/[0-9]+)(?:/|$)",
    re.IGNORECASE,
)
_PRIVATE_NAMES = frozenset({"invite", "token", "access_token", "auth", "secret", "share_token"})


def looks_private(url: str) -> bool:
    """Whether people are asked if everybody can open this address."""
    parts = urlsplit(url)
    if _PRIVATE_PATH.search(unquote(parts.path)):
        return True
    names = {name.lower() for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    return not names.isdisjoint(_PRIVATE_NAMES)
