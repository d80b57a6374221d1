"""Whoever changes many prices holds the catalogue's number first, and then rows by their number.

Every statement that writes to the catalogue raises that number before it touches a row (a trigger,
services/sql/catalogue_changes.sql). Who locked rows first and wrote later would wait for a writer
who waits for those rows.
"""

from __future__ import annotations

from services.models import CatalogueVersion


def take_turn() -> None:
    """Wait until nobody else writes to the catalogue, and keep others waiting until the end of
    the transaction; call it first in one."""
    CatalogueVersion.objects.select_for_update().get()
