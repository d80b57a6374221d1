"""The pages about what a ledger reference stands for."""

from __future__ import annotations

from django.conf import settings
from django.urls import NoReverseMatch, reverse


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
