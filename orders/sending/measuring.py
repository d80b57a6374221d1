"""How providers answered of late, for every page that shows it: one statement, written to
`services.ProviderHealth`.

Each provider's attempts of a day are read once, by the index of its lane. What says nothing about a
provider is left out: our own delays, and a customer's link that is already being worked on.
Source: docs/provider-health.md, "What is measured".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
SHOWN_ERRORS = 10
LONGEST_EXCERPT = 200

_MEASURE = """
WITH attempts AS MATERIALIZED (
     SELECT p.id AS provider_id, s.id, s.order_id, s.state, s.reason, s.excerpt, s.started_at,
            CASE WHEN s.state IN ('accepted', 'refused')
                      -- What a person attached later was not answered then.
                      AND s.finished_at < s.started_at + interval '1 minute'
                 THEN extract(epoch FROM s.finished_at - s.started_at) * 1000 END AS took_ms
       FROM services_provider p
      CROSS JOIN LATERAL (
            SELECT * FROM orders_submission s
             WHERE s.provider_id = p.id AND s.started_at > %(day)s
               AND s.state <> 'submitting' AND s.reason NOT IN ('fence', 'duplicate_link')) s
), counts AS (
     SELECT provider_id, count(*) AS sent,
            count(*) FILTER (WHERE state = 'accepted') AS accepted,
            count(*) FILTER (WHERE state = 'refused') AS refused,
            count(*) FILTER (WHERE state NOT IN ('accepted', 'refused')) AS failed,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY took_ms) AS latency_ms,
            percentile_disc(0.95) WITHIN GROUP (ORDER BY took_ms) AS slow_latency_ms
       FROM attempts GROUP BY provider_id
), ranked AS (
     SELECT *,
            row_number() OVER (PARTITION BY provider_id ORDER BY started_at DESC, id DESC) AS place
       FROM attempts WHERE state <> 'accepted'
), errors AS (
     SELECT provider_id, max(started_at) AS newest_at,
            max(left(concat_ws(': ', reason, nullif(excerpt, '')), 300))
                FILTER (WHERE place = 1) AS newest,
            jsonb_agg(jsonb_build_object(
                'at', started_at, 'order', order_id, 'state', state, 'reason', reason,
                'said', left(excerpt, %(excerpt)s)) ORDER BY place) AS recent
       FROM ranked WHERE place <= %(errors)s GROUP BY provider_id
), queue AS (
     SELECT offer.provider_id, count(*) AS waiting, min(o.created_at) AS waiting_since
       FROM orders_order o JOIN services_providerservice offer ON offer.id = o.offer_id
      WHERE o.status = 'queued' AND o.not_before <= %(at)s
      GROUP BY offer.provider_id
)
INSERT INTO services_providerhealth AS h
       (provider_id, sent, accepted, refused, failed, latency_ms, slow_latency_ms, spent_micros,
        last_error, last_error_at, recent_errors, waiting, waiting_since, measured_at)
SELECT p.id, coalesce(c.sent, 0), coalesce(c.accepted, 0), coalesce(c.refused, 0),
       coalesce(c.failed, 0), c.latency_ms, c.slow_latency_ms, coalesce(spent.micros, 0),
       coalesce(e.newest, ''), e.newest_at, coalesce(e.recent, '[]'),
       coalesce(q.waiting, 0), q.waiting_since, %(at)s
  FROM services_provider p
  LEFT JOIN counts c ON c.provider_id = p.id
  LEFT JOIN errors e ON e.provider_id = p.id
  LEFT JOIN queue q ON q.provider_id = p.id
  LEFT JOIN LATERAL (
       -- What a balance fell by was spent; what it rose by was topped up or given back.
       SELECT least(coalesce(sum(greatest(before - amount_micros, 0)), 0),
                    9223372036854775807)::bigint AS micros
         FROM (SELECT amount_micros,
                      lag(amount_micros) OVER (PARTITION BY currency ORDER BY read_at)::numeric
                      AS before
                 FROM services_balancereading r
                WHERE r.provider_id = p.id AND r.read_at > %(week)s) readings) spent ON true
    ON CONFLICT (provider_id) DO UPDATE SET
       sent = excluded.sent, accepted = excluded.accepted, refused = excluded.refused,
       failed = excluded.failed, latency_ms = excluded.latency_ms,
       slow_latency_ms = excluded.slow_latency_ms, spent_micros = excluded.spent_micros,
       -- The last error stays to be read after its day.
       last_error = CASE WHEN excluded.last_error_at IS NULL THEN h.last_error
                         ELSE excluded.last_error END,
       last_error_at = coalesce(excluded.last_error_at, h.last_error_at),
       recent_errors = CASE WHEN excluded.last_error_at IS NULL THEN h.recent_errors
                            ELSE excluded.recent_errors END,
       waiting = excluded.waiting, waiting_since = excluded.waiting_since,
       measured_at = excluded.measured_at
 WHERE h.measured_at < excluded.measured_at
"""


def measure(*, at: datetime) -> int:
    """Measures all providers; returns how many. A later measurement is never replaced."""
    values: dict[str, datetime | int] = {
        "at": at,
        "day": at - DAY,
        "week": at - WEEK,
        "errors": SHOWN_ERRORS,
        "excerpt": LONGEST_EXCERPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, values)
        return int(cursor.rowcount)
