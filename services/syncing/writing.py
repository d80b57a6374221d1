"""Ticked lines become what we hold of a provider: one statement for each kind, however many.

A line is written only where the row still holds what the line was compared with: whoever changed it
by hand since the reading has the last word, and the line is stale.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from services.models import Sync, SyncLine
from services.syncing.terms import FIELDS

Kind = SyncLine.Kind
Value = int | str | list[int]

_COLUMNS = ", ".join(FIELDS)
_NEW_COLUMNS = ", ".join(f"n.{name}" for name in FIELDS)

# In the order of their numbers, like everybody who changes many.
_LOCK = """
SELECT o.id FROM services_providerservice AS o
 WHERE o.id IN (SELECT l.offer_id FROM services_syncline AS l
                 WHERE l.sync_id = %(sync)s AND l.id = ANY(%(ids)s))
 ORDER BY o.id FOR NO KEY UPDATE
"""

_INSERT = f"""
WITH made AS (
    INSERT INTO services_providerservice (provider_id, external_id, missed_lists, {_COLUMNS})
    SELECT %(provider)s, l.external_id, 0, {_NEW_COLUMNS}
      FROM services_syncline AS l,
           jsonb_populate_record(NULL::services_providerservice, l.after) AS n
     WHERE l.sync_id = %(sync)s AND l.id = ANY(%(ids)s) AND l.kind = 'new' AND l.state = 'open'
     ORDER BY l.id
    ON CONFLICT (provider_id, external_id) DO NOTHING
    RETURNING id, external_id)
UPDATE services_syncline AS l SET state = 'applied', offer_id = made.id
  FROM made
 WHERE l.sync_id = %(sync)s AND l.id = ANY(%(ids)s) AND l.kind = 'new'
   AND l.external_id = made.external_id
RETURNING made.id
"""  # noqa: S608 - names of columns, our own

_UPDATE = f"""
WITH written AS (
    UPDATE services_providerservice AS o
       SET ({_COLUMNS}, missed_lists, gone_at) =
           (SELECT {_NEW_COLUMNS}, n.missed_lists, n.gone_at
              FROM jsonb_populate_record(o, l.after || %(also)s::jsonb) AS n)
      FROM services_syncline AS l
     WHERE l.sync_id = %(sync)s AND l.id = ANY(%(ids)s) AND l.kind = %(kind)s
       AND l.state = 'open' AND l.offer_id = o.id
       AND to_jsonb(o) @> l.before AND (o.gone_at IS NOT NULL) = %(was_gone)s
    RETURNING l.id, o.id AS offer_id)
UPDATE services_syncline AS l SET state = 'applied' FROM written WHERE l.id = written.id
RETURNING written.offer_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Written:
    """The provider's services that lines of each kind were applied to."""

    offers: dict[Kind, list[int]] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> list[int]:
        """In the order of their numbers, each once."""
        return sorted({offer for kind in kinds for offer in self.offers.get(kind, [])})

    @property
    def lines(self) -> int:
        return sum(len(offers) for offers in self.offers.values())


def write(*, sync: Sync, line_ids: Collection[int], at: datetime) -> Written:
    """The caller holds the catalogue's turn and the sync."""
    asked: dict[str, Value] = {
        "sync": sync.pk,
        "provider": sync.provider_id,
        "ids": list(line_ids),
    }
    found: dict[Kind, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, asked)
        for kind in Kind:
            if kind is Kind.NEW:
                cursor.execute(_INSERT, asked)
            else:
                cursor.execute(_UPDATE, asked | _of_kind(kind, at))
            found[kind] = [offer for (offer,) in cursor.fetchall()]
    return Written(found)


def _of_kind(kind: Kind, at: datetime) -> dict[str, Value]:
    also = {
        Kind.GONE: f'{{"gone_at": "{at.isoformat()}"}}',
        Kind.BACK: '{"gone_at": null, "missed_lists": 0}',
    }.get(kind, "{}")
    return {"kind": kind.value, "also": also, "was_gone": kind is Kind.BACK}
