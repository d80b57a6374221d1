-- The door of the APIs (accounts_admit) and beside each call what an order that it asks for needs to
-- be known (read_orders), in the order of the calls: one function around both, whose plan is kept.
-- `p_calls` is an array of objects with the members that both name. orders/placing/reading.py knows
-- the columns.
CREATE OR REPLACE FUNCTION orders_admit(
    p_calls jsonb, p_rate bigint, p_address_share bigint, p_at timestamptz
) RETURNS TABLE (
    key_id bigint, customer_id bigint, prefix text, scope text,
    is_sandbox boolean, is_strict boolean, errors text, refuses_query boolean,
    repeat_window_seconds integer, is_welcome boolean, suspended_until timestamptz,
    own_rate bigint, address text, address_calls integer, address_opened_at timestamptz,
    account_calls integer, account_opened_at timestamptz, is_paused boolean,
    service_version text, own_rate_micros bigint, country text, terms_id bigint,
    switched_off text, earlier_id bigint, earlier_hash text,
    running_id bigint, running_service_id bigint,
    cost_micros bigint, cost_currency text, per_dollar_micros bigint, blocked_terms text[]
) LANGUAGE plpgsql
-- It is right whatever is asked, and to make it anew costs more than to carry it out.
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH door AS MATERIALIZED (
        SELECT * FROM accounts_admit(p_calls, p_rate, p_address_share, p_at)
            WITH ORDINALITY AS one (
            key_id, customer, prefix, scope, is_sandbox, is_strict, errors, refuses_query,
            repeat_window, is_welcome, suspended_until, own_rate, address, address_calls,
            address_opened_at, account_calls, account_opened_at, is_paused, place)
    )
    SELECT door.key_id, door.customer, door.prefix, door.scope, door.is_sandbox, door.is_strict,
           door.errors, door.refuses_query, door.repeat_window, door.is_welcome,
           door.suspended_until, door.own_rate, door.address, door.address_calls,
           door.address_opened_at, door.account_calls, door.account_opened_at, door.is_paused,
           found.service_version, found.own_rate, found.country, found.terms_id,
           found.switched_off, found.earlier_id, found.earlier_hash, found.running_id,
           found.running_service_id, found.cost, found.currency, found.per_dollar,
           found.blocked_terms
      FROM door
      JOIN ROWS FROM (read_orders(
               p_calls, ARRAY(SELECT d.customer FROM door d ORDER BY d.place), p_at))
           WITH ORDINALITY AS found (
               service_version, own_rate, country, terms_id, switched_off, earlier_id,
               earlier_hash, running_id, running_service_id, cost, currency, per_dollar,
               blocked_terms, place) ON found.place = door.place
     ORDER BY door.place;
END $$;
