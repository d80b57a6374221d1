"""Where a page may send somebody back to, when an address says so."""

from __future__ import annotations

import unicodedata

from django.utils.http import url_has_allowed_host_and_scheme

LONGEST_PATH = 2000


def own_path(text: str) -> str | None:
    """The text if it is a path on this site ("/orders/new/?service=3"), else None (S-13).

    Browsers read "//host", "/\\host", blanks and line breaks in ways of their own, so that anything
    but one plain path is refused rather than repaired.
    """
    if not text.startswith("/") or len(text) > LONGEST_PATH or "\\" in text:
        return None
    if any(unicodedata.category(character)[0] in "CZ" for character in text):
        return None
    return text if url_has_allowed_host_and_scheme(text, allowed_hosts=None) else None
