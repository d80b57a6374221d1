"""Addresses that come from elsewhere: where a page may send somebody back to, and what a ledger
reference stands for."""

from __future__ import annotations

import unicodedata

from django.conf import settings
from django.urls import NoReverseMatch, reverse
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


def customer_page_of(reference: str) -> str | None:
    """The customer's page about what a transfer names: "order:17" -> "/orders/17/"."""
    return _page_of(reference, settings.LEDGER_CUSTOMER_PAGES)


def admin_page_of(reference: str) -> str | None:
    """The admin's page about what a transfer names."""
    return _page_of(reference, settings.LEDGER_ADMIN_PAGES)


def _page_of(reference: str, pages: dict[str, str]) -> str | None:
    kind, _, number = reference.partition(":")
    if kind not in pages or not (number.isascii() and number.isdigit()):
        return None
    try:
        return reverse(pages[kind], args=[int(number)])
    except NoReverseMatch:
        return None
