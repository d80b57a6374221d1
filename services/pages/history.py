"""What happened to a service of late, from what the catalogue itself writes down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.models import CatalogueUpdate

DAYS = 30
# A price that changes every hour says the same in fifty lines as in a thousand.
MOST = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One line; the prices are the list's, in micros per 1000, None where there was none."""

    at: datetime
    words: str
    old_micros: int | None
    new_micros: int | None


def changes_of(service_id: int, *, since: datetime) -> list[Change]:
    """The newest first."""
    rows = CatalogueUpdate.objects.filter(service=service_id, at__gte=since).order_by("-pk")
    return [
        Change(
            at=row.at,
            words=row.get_kind_display(),
            old_micros=row.old_rate_micros,
            new_micros=row.new_rate_micros,
        )
        for row in rows[:MOST]
    ]
