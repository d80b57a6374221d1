-- All that has to be known before orders are decided about, in one call: orders/placing/reading.py
-- gives it its meaning. Reads, and changes nothing. `p_requests` is an array of objects with the
-- members of `asked`, `p_customers` says whose each of them is. A row for each, in the same order;
-- where there is no such service, `service_version` is NULL.
DROP FUNCTION IF EXISTS read_order(bigint, bigint, text[], text, text, timestamptz, timestamptz);

CREATE OR REPLACE FUNCTION read_orders(
    p_requests jsonb, p_customers bigint[], p_at timestamptz
) RETURNS TABLE (
    service_version text, own_rate_micros bigint, country text, terms_id bigint,
    switched_off text, earlier_id bigint, earlier_hash text,
    running_id bigint, running_service_id bigint,
    cost_micros bigint, cost_currency text, per_dollar_micros bigint, blocked_terms text[]
) LANGUAGE plpgsql STABLE
-- Its plans are right whatever is asked, and to make them anew costs more than to carry them out.
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT sold.version, services_own_rate_of(asked.customer, asked.service), person.country::text,
           (SELECT l.id FROM legal_publication l
             WHERE l.published_at <= p_at ORDER BY l.number DESC LIMIT 1),
           (SELECT k.reason::text FROM accounts_killswitch k WHERE k.part = 'orders'),
           earlier.id, earlier.request_hash::text, running.id, running.service_id,
           sold.cost, sold.currency,
           (SELECT r.per_dollar_micros FROM wallet_displayrate r
             WHERE r.currency = sold.currency AND r.since <= p_at
             ORDER BY r.since DESC, r.id DESC LIMIT 1),
           (SELECT array_agg(t.kind || ':' || t.text ORDER BY t.id) FROM orders_blockedterm t)
      FROM ROWS FROM (unnest(p_customers), jsonb_to_recordset(p_requests) AS (
               service bigint, link_keys text[], key text, recent_key text,
               recent_since timestamptz)) WITH ORDINALITY
        AS asked (customer, service, link_keys, key, recent_key, recent_since, place)
      -- One look each: OFFSET 0 keeps the planner from reading a table instead.
      LEFT JOIN LATERAL (
        SELECT v.version, s.category_id, lower(p.currency) AS currency,
               greatest(o.cost_micros, o.announced_cost_micros) AS cost
          FROM services_service s
          JOIN services_versions v ON v.id = s.id
          LEFT JOIN services_providerservice o ON o.id = s.provider_service_id
          LEFT JOIN services_provider p ON p.id = o.provider_id
         WHERE s.id = asked.service OFFSET 0) AS sold ON true
      LEFT JOIN LATERAL (
        SELECT u.country FROM accounts_user u WHERE u.id = asked.customer OFFSET 0) AS person ON true
      LEFT JOIN LATERAL (
        SELECT o.id, o.request_hash FROM orders_order o
         WHERE o.customer_id = asked.customer
           AND o.idempotency_key IN (asked.key, asked.recent_key)
           AND (o.idempotency_key = asked.key OR o.created_at > asked.recent_since)
         ORDER BY o.id LIMIT 1) AS earlier ON asked.key IS NOT NULL
      -- Of the same service, or else of its category. By one link at a time: of several the planner
      -- would rather look through all of a customer's orders, as most have few.
      LEFT JOIN LATERAL (
        SELECT on_link.id, on_link.service_id
          FROM unnest(asked.link_keys) AS link (key)
         CROSS JOIN LATERAL (
            SELECT o.id, o.service_id FROM orders_order o
             WHERE o.link_key = link.key AND o.customer_id = asked.customer
               AND o.parent_id IS NULL
               AND o.status IN ('held', 'queued', 'submitting', 'uncertain',
                                'pending', 'in_progress', 'processing')
            OFFSET 0) AS on_link
          JOIN services_service s ON s.id = on_link.service_id
         WHERE s.category_id = sold.category_id
         ORDER BY on_link.service_id <> asked.service, on_link.id LIMIT 1) AS running ON true
     ORDER BY asked.place;
END $$;
