"""What becomes of our services when what stands behind them changes: one statement each.

The panel only ever sells less than before by itself: limits narrow, flags fall, what cannot be kept
goes off sale. Only what the panel took off it puts back. Running orders go on either way (CAT-09).
The caller holds the catalogue's turn, so nobody else writes to services meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from services.kinds import type_of
from services.models import ProviderService
from services.types import SPECS, Counting

Value = int | list[int] | list[str] | list[str | None]

# Their quantity is one, whatever the limits say.
_UNCOUNTED = [str(kind) for kind, spec in SPECS.items() if spec.counting is Counting.ONE]

_FOLLOW_LIMITS = """
UPDATE services_service AS s SET min_quantity = new.least, max_quantity = new.most
  FROM (SELECT s.id,
               CASE WHEN s.min_quantity = coalesce((l.before->>'min_quantity')::int, o.min_quantity)
                    THEN o.min_quantity ELSE greatest(s.min_quantity, o.min_quantity) END AS least,
               CASE WHEN s.max_quantity = coalesce((l.before->>'max_quantity')::int, o.max_quantity)
                    THEN o.max_quantity ELSE least(s.max_quantity, o.max_quantity) END AS most
          FROM services_service AS s
          JOIN services_providerservice AS o ON o.id = s.provider_service_id
          JOIN services_syncline AS l ON l.offer_id = o.id
         WHERE l.id = ANY(%(lines)s) AND s.type <> ALL(%(uncounted)s)) AS new
 WHERE s.id = new.id AND new.least <= new.most
   AND (s.min_quantity, s.max_quantity) <> (new.least, new.most)
RETURNING s.id
"""

_NARROW = """
UPDATE services_service AS s
   SET min_quantity = greatest(s.min_quantity, o.min_quantity),
       max_quantity = least(s.max_quantity, o.max_quantity)
  FROM services_providerservice AS o
 WHERE o.id = s.provider_service_id AND s.id = ANY(%(services)s) AND s.type <> ALL(%(uncounted)s)
   AND greatest(s.min_quantity, o.min_quantity) <= least(s.max_quantity, o.max_quantity)
   AND (s.min_quantity < o.min_quantity OR s.max_quantity > o.max_quantity)
"""

_RESTRICT = """
UPDATE services_service AS s
   SET can_refill = s.can_refill AND o.can_refill,
       can_cancel = s.can_cancel AND o.can_cancel,
       can_drip_feed = s.can_drip_feed AND (o.can_drip_feed OR s.drip_feed_by = 'panel')
  FROM services_providerservice AS o
 WHERE o.id = s.provider_service_id AND o.id = ANY(%(offers)s)
   AND ((s.can_refill AND NOT o.can_refill) OR (s.can_cancel AND NOT o.can_cancel)
        OR (s.can_drip_feed AND s.drip_feed_by = 'provider' AND NOT o.can_drip_feed))
RETURNING s.id
"""

_MISFITS = """
    (s.type <> coalesce(meant.type, s.type)
     OR (s.type <> ALL(%(uncounted)s)
         AND (s.min_quantity < o.min_quantity OR s.max_quantity > o.max_quantity)))
"""

_TAKE_OFF_CHANGED = f"""
UPDATE services_service AS s SET is_active = false, off_reason = 'changed'
  FROM services_providerservice AS o, unnest(%(offers)s::bigint[], %(types)s::text[])
       AS meant (offer_id, type)
 WHERE o.id = s.provider_service_id AND o.id = meant.offer_id AND s.is_active AND {_MISFITS}
RETURNING s.id
"""  # noqa: S608 - a condition, our own

# A cost that falls again must not put it back: `services.margins` looks at this reason alone.
_KEEP_OFF_CHANGED = f"""
UPDATE services_service AS s SET off_reason = 'changed'
  FROM services_providerservice AS o, unnest(%(offers)s::bigint[], %(types)s::text[])
       AS meant (offer_id, type)
 WHERE o.id = s.provider_service_id AND o.id = meant.offer_id
   AND NOT s.is_active AND s.off_reason = 'cost' AND {_MISFITS}
RETURNING s.id
"""  # noqa: S608

# Gone and come back as something else: it stays off sale, for another reason.
_PUT_BACK = f"""
UPDATE services_service AS s
   SET is_active = NOT {_MISFITS},
       off_reason = CASE WHEN {_MISFITS} THEN 'changed' ELSE '' END
  FROM services_providerservice AS o, unnest(%(offers)s::bigint[], %(types)s::text[])
       AS meant (offer_id, type)
 WHERE o.id = s.provider_service_id AND o.id = meant.offer_id AND o.gone_at IS NULL
   AND NOT s.is_active AND s.off_reason = ANY(%(reasons)s)
RETURNING s.id, s.is_active
"""  # noqa: S608

_TAKE_OFF_GONE = """
UPDATE services_service AS s SET is_active = false, off_reason = 'gone'
 WHERE s.provider_service_id = ANY(%(offers)s) AND s.is_active
RETURNING s.id
"""

_MOVE = """
UPDATE services_service AS s SET provider_service_id = moved.offer_id
  FROM unnest(%(services)s::bigint[], %(offers)s::bigint[]) AS moved (service_id, offer_id)
 WHERE s.id = moved.service_id
"""


def follow_limits(*, lines: Collection[int]) -> list[int]:
    """Limits that were the provider's before these lines were applied follow, narrower ones stay;
    returns the services changed."""
    return _ids(_FOLLOW_LIMITS, lines=list(lines), uncounted=_UNCOUNTED)


def restrict_flags(*, offers: Collection[int]) -> list[int]:
    """Nobody promises what its provider does not (CAT-06)."""
    return _ids(_RESTRICT, offers=list(offers))


def take_off_changed(*, offers: Collection[int]) -> list[int]:
    """What is another type now, or has no quantity left that both sides take."""
    numbers, types = _meant(offers)
    return _ids(_TAKE_OFF_CHANGED, offers=numbers, types=types, uncounted=_UNCOUNTED)


def keep_off_changed(*, offers: Collection[int]) -> list[int]:
    """The same, off sale for its cost already: another cost does not put it back any more."""
    numbers, types = _meant(offers)
    return _ids(_KEEP_OFF_CHANGED, offers=numbers, types=types, uncounted=_UNCOUNTED)


def take_off_gone(*, offers: Collection[int]) -> list[int]:
    return _ids(_TAKE_OFF_GONE, offers=list(offers))


def put_back(*, offers: Collection[int], reasons: Sequence[str]) -> list[int]:
    """What the panel took off for one of the reasons, if it fits again."""
    numbers, types = _meant(offers)
    asked: dict[str, Value] = {
        "offers": numbers,
        "types": types,
        "reasons": list(reasons),
        "uncounted": _UNCOUNTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PUT_BACK, asked)
        return sorted(service for service, is_active in cursor.fetchall() if is_active)


def move(*, moves: Mapping[int, int]) -> None:
    """Services to other providers' services, within whose limits they then stay."""
    if not moves:
        return
    services, offers = list(moves), list(moves.values())
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"services": services, "offers": offers})
        cursor.execute(_NARROW, {"services": services, "uncounted": _UNCOUNTED})


def _ids(statement: str, **asked: Value) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return sorted(service for (service,) in cursor.fetchall())


def _meant(offers: Collection[int]) -> tuple[list[int], list[str | None]]:
    """Which of our types each is. A word that nobody knows is none of them; of what was written
    down by hand and without a word, None: whatever is sold is meant."""
    rows = ProviderService.objects.filter(pk__in=offers).values_list("pk", "raw_type")
    pairs = [(pk, str(type_of(raw) or "?") if raw else None) for pk, raw in rows]
    return [pk for pk, _type in pairs], [kind for _pk, kind in pairs]
