"""The one UPDATE that writes prices, for all services whose terms differ."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from services.margins.reading import Priced, Terms

_UPDATE = """
UPDATE services_service AS service
   SET rate_micros = new.rate, floor_micros = new.floor, accepted_micros = new.accepted,
       priced_by = new.priced_by, is_active = new.is_active, off_reason = new.off_reason
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::boolean[],
              %s::text[])
       AS new (id, rate, floor, accepted, priced_by, is_active, off_reason)
 WHERE service.id = new.id
"""


def write(decided: Iterable[tuple[Priced, Terms]]) -> list[tuple[Priced, Terms]]:
    """Store the terms that are not what they were; returns these. The caller holds the turn
    (`services.margins.turns`), so nobody wrote since the rows were read."""
    changed = [(row, terms) for row, terms in decided if terms != row.terms]
    if changed:
        columns = zip(*(_values(row, terms) for row, terms in changed), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [list(column) for column in columns])
    return changed


def _values(row: Priced, terms: Terms) -> tuple[object, ...]:
    return (
        row.pk,
        terms.rate_micros,
        terms.floor_micros,
        terms.accepted_micros,
        terms.priced_by,
        terms.is_active,
        terms.off_reason,
    )
