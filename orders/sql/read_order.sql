-- All that has to be known before an order is decided about, in one call: orders/placing/reading.py
-- gives it its meaning. Reads, and changes nothing. No such service: `service_version` is NULL.
CREATE OR REPLACE FUNCTION read_order(
    p_customer bigint, p_service bigint, p_link_keys text[],
    p_key text, p_recent_key text, p_recent_since timestamptz, p_at timestamptz,
    OUT service_version text, OUT own_rate_micros bigint, OUT country text, OUT terms_id bigint,
    OUT switched_off text, OUT earlier_id bigint, OUT earlier_hash text,
    OUT running_id bigint, OUT running_service_id bigint,
    OUT cost_micros bigint, OUT cost_currency text, OUT per_dollar_micros bigint,
    OUT blocked_terms text[]
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    in_category bigint;
BEGIN
    SELECT services_version(s.id), services_own_rate(p_customer, s.id), s.category_id,
           greatest(o.cost_micros, o.announced_cost_micros), lower(p.currency)
      INTO service_version, own_rate_micros, in_category, cost_micros, cost_currency
      FROM services_service s
      LEFT JOIN services_providerservice o ON o.id = s.provider_service_id
      LEFT JOIN services_provider p ON p.id = o.provider_id
     WHERE s.id = p_service;
    SELECT u.country INTO country FROM accounts_user u WHERE u.id = p_customer;
    SELECT p.id INTO terms_id FROM legal_publication p
     WHERE p.published_at <= p_at ORDER BY p.number DESC LIMIT 1;
    SELECT k.reason INTO switched_off FROM accounts_killswitch k WHERE k.part = 'orders';
    IF p_key IS NOT NULL THEN
        SELECT o.id, o.request_hash INTO earlier_id, earlier_hash FROM orders_order o
         WHERE o.customer_id = p_customer AND o.idempotency_key IN (p_key, p_recent_key)
           AND (o.idempotency_key = p_key OR o.created_at > p_recent_since)
         ORDER BY o.id LIMIT 1;
    END IF;
    -- Of the same service, or else of its category.
    SELECT o.id, o.service_id INTO running_id, running_service_id
      FROM orders_order o JOIN services_service s ON s.id = o.service_id
     WHERE o.customer_id = p_customer AND o.link_key = ANY (p_link_keys) AND o.parent_id IS NULL
       AND o.status IN ('held', 'queued', 'submitting', 'uncertain',
                        'pending', 'in_progress', 'processing')
       AND s.category_id = in_category
     ORDER BY o.service_id <> p_service, o.id LIMIT 1;
    SELECT r.per_dollar_micros INTO per_dollar_micros FROM wallet_displayrate r
     WHERE r.currency = cost_currency AND r.since <= p_at
     ORDER BY r.since DESC, r.id DESC LIMIT 1;
    SELECT array_agg(t.kind || ':' || t.text ORDER BY t.id) INTO blocked_terms
      FROM orders_blockedterm t;
END $$;
