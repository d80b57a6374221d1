"""Ticked lines become what we hold of a provider: one statement for all of them.

A line is written only where the row still holds what the line was compared with: whoever changed it
by hand since the reading has the last word, and the line is stale.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from services.models import Sync, SyncLine
from services.syncing.terms import FIELDS

Kind = SyncLine.Kind

_COLUMNS = ", ".join(FIELDS)
_NEW_COLUMNS = ", ".join(f"n.{name}" for name in FIELDS)

# The sync is locked, so that its lines are as they were read. Later statements name lines by their
# number alone: of any other condition the planner guesses that next to nothing is left, and walks
# through ten thousand lines ten thousand times.
_CHOOSE = """
SELECT kind, array_agg(id) FROM services_syncline
 WHERE sync_id = %(sync)s AND id = ANY(%(ids)s) AND state = 'open'
 GROUP BY kind
"""

# In the order of their numbers, like everybody who changes many.
_LOCK = """
SELECT o.id FROM services_providerservice AS o
 WHERE o.id IN (SELECT l.offer_id FROM services_syncline AS l WHERE l.id = ANY(%(ids)s))
 ORDER BY o.id FOR NO KEY UPDATE
"""

_INSERT = f"""
INSERT INTO services_providerservice (provider_id, external_id, missed_lists, {_COLUMNS})
SELECT %(provider)s, l.external_id, 0, {_NEW_COLUMNS}
  FROM services_syncline AS l,
       jsonb_populate_record(NULL::services_providerservice, l.after) AS n
 WHERE l.id = ANY(%(ids)s)
 ORDER BY l.id
ON CONFLICT (provider_id, external_id) DO NOTHING
RETURNING id
"""  # noqa: S608 - names of columns, our own

_NOTE_INSERTED = """
UPDATE services_syncline AS l SET state = 'applied', offer_id = o.id
  FROM services_providerservice AS o
 WHERE l.id = ANY(%(ids)s) AND o.provider_id = %(provider)s AND o.external_id = l.external_id
   AND o.id = ANY(%(made)s)
RETURNING l.kind, l.id, l.offer_id
"""

# The rows are locked: what fits the lines now still does when it is written.
_UPDATE = f"""
WITH fitting AS MATERIALIZED (
    SELECT l.id, l.kind, l.offer_id, l.after || CASE l.kind
               WHEN 'gone' THEN jsonb_build_object('gone_at', %(at)s::timestamptz)
               WHEN 'back' THEN
                    '{{"gone_at": null, "missed_lists": 0, "missed_since": null}}'::jsonb
               ELSE '{{}}'::jsonb END AS after
      FROM services_syncline AS l JOIN services_providerservice AS o ON o.id = l.offer_id
     WHERE l.id = ANY(%(ids)s)
       AND to_jsonb(o) @> l.before AND (o.gone_at IS NOT NULL) = (l.kind = 'back')),
merged AS (
    SELECT f.offer_id, jsonb_object_agg(value.key, value.value) AS after
      FROM fitting AS f, jsonb_each(f.after) AS value GROUP BY f.offer_id),
written AS (
    UPDATE services_providerservice AS o
       SET ({_COLUMNS}, missed_lists, missed_since, gone_at) =
           (SELECT {_NEW_COLUMNS}, n.missed_lists, n.missed_since, n.gone_at
              FROM jsonb_populate_record(o, merged.after) AS n)
      FROM merged WHERE o.id = merged.offer_id)
UPDATE services_syncline AS l SET state = 'applied' FROM fitting WHERE l.id = fitting.id
RETURNING l.kind, l.id, l.offer_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Written:
    """The lines of each kind that were applied, and the provider's services that they are about."""

    offers: dict[Kind, dict[int, int]] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> list[int]:
        """The provider's services in the order of their numbers, each once."""
        return sorted({offer for kind in kinds for offer in self.offers.get(kind, {}).values()})

    def lines(self, *kinds: Kind) -> list[int]:
        return [line for kind in kinds for line in self.offers.get(kind, {})]


def write(*, sync: Sync, line_ids: Collection[int], at: datetime) -> Written:
    """The caller holds the catalogue's turn and the sync."""
    found: dict[Kind, dict[int, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_CHOOSE, {"sync": sync.pk, "ids": list(line_ids)})
        chosen = {Kind(kind): ids for kind, ids in cursor.fetchall()}
        new = chosen.pop(Kind.NEW, [])
        changed = [number for ids in chosen.values() for number in ids]
        for kind, line, offer in _insert(cursor, sync, new) + _update(cursor, changed, at):
            found[Kind(kind)][line] = offer
    return Written(found)


def _insert(cursor: CursorWrapper, sync: Sync, ids: list[int]) -> list[tuple[str, int, int]]:
    if not ids:
        return []
    cursor.execute(_INSERT, {"ids": ids, "provider": sync.provider_id})
    made = [offer for (offer,) in cursor.fetchall()]
    cursor.execute(_NOTE_INSERTED, {"ids": ids, "provider": sync.provider_id, "made": made})
    return list(cursor.fetchall())


def _update(cursor: CursorWrapper, ids: list[int], at: datetime) -> list[tuple[str, int, int]]:
    if not ids:
        return []
    cursor.execute(_LOCK, {"ids": ids})
    cursor.execute(_UPDATE, {"ids": ids, "at": at})
    return list(cursor.fetchall())
