-- From where a customer sees the catalogue: its number, his group, the country that he is billed in
-- and his own prices as pairs of service and micros per 1000. services/viewpoints.py knows more.
-- Most customers have no price of their own, which is found out first and costs little.
CREATE OR REPLACE FUNCTION services_viewpoint(p_customer bigint)
RETURNS TABLE (version bigint, group_id bigint, country text, own_rates bigint[])
LANGUAGE sql STABLE AS $$
    SELECT (SELECT number FROM services_catalogueversion),
           (SELECT m.group_id FROM services_groupmembership m WHERE m.customer_id = p_customer),
           coalesce((SELECT u.country FROM accounts_user u WHERE u.id = p_customer), '')::text,
           CASE WHEN EXISTS (SELECT 1 FROM services_customprice p WHERE p.customer_id = p_customer)
           THEN (SELECT array_agg(ARRAY[own.service_id, own.rate_micros] ORDER BY own.service_id)
                   FROM services_customprice own JOIN services_service s ON s.id = own.service_id
                  WHERE own.customer_id = p_customer AND NOT s.is_free)
           END
$$;

-- The door of the APIs (accounts_admit) and beside each call what its caller sees: one function
-- around both, whose plan is kept. To plan it in every call cost twice what all of it costs now.
CREATE OR REPLACE FUNCTION services_admit(
    p_knocks jsonb, p_rate bigint, p_address_share bigint, p_at timestamptz
) RETURNS TABLE (
    key_id bigint, customer_id bigint, prefix text, scope text,
    is_sandbox boolean, is_strict boolean, errors text, refuses_query boolean,
    repeat_window_seconds integer, is_welcome boolean, suspended_until timestamptz,
    own_rate bigint, address text, address_calls integer, address_opened_at timestamptz,
    account_calls integer, account_opened_at timestamptz, is_paused boolean,
    version bigint, group_id bigint, country text, own_rates bigint[]
) LANGUAGE plpgsql
-- It is right whatever is asked: the looks are by key.
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT door.*, seen.*
      FROM accounts_admit(p_knocks, p_rate, p_address_share, p_at) AS door
     CROSS JOIN LATERAL services_viewpoint(door.customer_id) AS seen;
END $$;
