-- Places many orders in one call and one commit: `place_order` for each, in the order given. Python
-- (orders/placing/together.py) hands over an array of objects whose members are the arguments.
--
-- Returns the number of each order by its place in the array, from 1; NULL for one that was refused
-- and left no trace. Why is found out by trying it alone: nobody's refusal is anybody else's.
-- All wallets are locked at once, by ascending number as every act that locks many does. Whoever
-- waits longer than `lock_timeout` for one of them fails as a whole, and all are tried alone: one
-- customer's wallet holds nobody else up.
CREATE FUNCTION place_orders(p_orders jsonb)
RETURNS TABLE (place integer, order_id bigint) LANGUAGE plpgsql SET lock_timeout = '100ms' AS $$
DECLARE
    one record;
BEGIN
    PERFORM ledger_lock_many(ARRAY(
        SELECT DISTINCT (each ->> 'p_customer')::bigint FROM jsonb_array_elements(p_orders) AS each));
    place := 0;
    FOR one IN
        SELECT * FROM jsonb_to_recordset(p_orders) AS asked(
            p_customer bigint, p_service bigint, p_service_revision bigint, p_own_rate bigint,
            p_publication bigint, p_channel text, p_idempotency_key text, p_request_hash text,
            p_link text, p_link_key text, p_quantity integer, p_parameters jsonb, p_snapshot jsonb,
            p_rate bigint, p_charge bigint, p_duplicate_accepted boolean, p_role text,
            p_runs integer, p_interval_minutes integer, p_status text, p_open_cap integer,
            p_spend_order text, p_not_before timestamptz, p_confirmed_at timestamptz,
            p_at timestamptz)
    LOOP
        place := place + 1;
        BEGIN
            order_id := place_order(
                p_customer => one.p_customer, p_service => one.p_service,
                p_service_revision => one.p_service_revision, p_own_rate => one.p_own_rate,
                p_publication => one.p_publication, p_channel => one.p_channel,
                p_idempotency_key => one.p_idempotency_key, p_request_hash => one.p_request_hash,
                p_link => one.p_link, p_link_key => one.p_link_key, p_quantity => one.p_quantity,
                p_parameters => one.p_parameters, p_snapshot => one.p_snapshot,
                p_rate => one.p_rate, p_charge => one.p_charge,
                p_duplicate_accepted => one.p_duplicate_accepted, p_role => one.p_role,
                p_runs => one.p_runs, p_interval_minutes => one.p_interval_minutes,
                p_status => one.p_status, p_open_cap => one.p_open_cap,
                p_spend_order => one.p_spend_order, p_not_before => one.p_not_before,
                p_confirmed_at => one.p_confirmed_at, p_at => one.p_at);
        EXCEPTION
            WHEN SQLSTATE 'OR001' OR SQLSTATE 'OR002' OR SQLSTATE 'OR004' OR SQLSTATE 'OR005'
              OR SQLSTATE 'OR006' OR SQLSTATE 'LG003' OR SQLSTATE 'LG004' OR unique_violation THEN
                order_id := NULL;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
