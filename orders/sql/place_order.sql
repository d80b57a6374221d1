-- Places one order: the row, its first event and its charge, in one call of one transaction.
-- Python (orders/placing/) has validated the input and asked pricing.quote for the charge;
-- this function proves that the quote is still true, so that nobody pays a price he did not see.
--
-- Raises OR001 (the price or the limits changed since the quote), OR002 (the customer may not
-- order), OR004 (too many running orders), OR005 (not sold where he is billed), OR006 (his account
-- is frozen), LG003 (insufficient funds), LG004 (he owes money) and the unique violations of
-- orders_order; the whole call then leaves no trace. The wallet's row is locked before anything is
-- read, so that what is proved still holds after a wait for it, and before the order is written, so
-- that nobody who holds a wallet waits for somebody who wants it (docs/adr/0015).

CREATE OR REPLACE FUNCTION place_order(
    p_customer bigint, p_service bigint, p_service_revision bigint, p_own_rate bigint,
    p_publication bigint, p_channel text, p_idempotency_key text, p_request_hash text,
    p_link text, p_link_key text, p_quantity integer, p_parameters jsonb, p_snapshot jsonb,
    p_rate bigint, p_charge bigint, p_duplicate_accepted boolean,
    p_role text, p_runs integer, p_interval_minutes integer, p_status text, p_open_cap integer,
    p_spend_order text, p_not_before timestamptz, p_confirmed_at timestamptz,
    p_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    order_id bigint;
    offer bigint;
    blocked text[];
    home text;
    is_frozen boolean;
    running integer;
BEGIN
    -- The customer's mutex, taken before anything that another order of his could wait for.
    PERFORM ledger_lock(p_customer);
    SELECT provider_service_id, blocked_countries INTO offer, blocked FROM services_service
      WHERE id = p_service AND revision = p_service_revision AND is_active
        AND p_own_rate IS NOT DISTINCT FROM services_own_rate(p_customer, p_service);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the price changed' USING ERRCODE = 'OR001';
    END IF;
    SELECT country, frozen_at IS NOT NULL INTO home, is_frozen
      FROM accounts_user WHERE id = p_customer AND is_active;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the customer may not order' USING ERRCODE = 'OR002';
    ELSIF is_frozen THEN
        RAISE EXCEPTION 'the account is frozen' USING ERRCODE = 'OR006';
    END IF;
    IF blocked <> '{}' AND (home = '' OR home = ANY (blocked)) THEN
        RAISE EXCEPTION 'not sold where the customer is billed' USING ERRCODE = 'OR005';
    END IF;

    INSERT INTO orders_order (
        customer_id, service_id, publication_id, channel, idempotency_key, request_hash,
        link, link_key, quantity, parameters, snapshot, rate_micros, charge_micros,
        due_micros, refunded_micros, absorbed_micros, duplicate_accepted,
        role, runs, interval_minutes, status, not_before, confirmed_at, offer_id,
        poll_failures, was_cut_short, provider_currency, created_at)
    VALUES (
        p_customer, p_service, p_publication, p_channel, p_idempotency_key, p_request_hash,
        p_link, p_link_key, p_quantity, p_parameters, p_snapshot, p_rate, p_charge,
        0, 0, 0, p_duplicate_accepted,
        p_role, p_runs, p_interval_minutes, p_status, p_not_before, p_confirmed_at, offer,
        0, false, '', p_at)
    RETURNING id INTO order_id;

    INSERT INTO orders_orderevent (order_id, kind, detail, actor_id, at)
    VALUES (order_id, 'placed', jsonb_build_object('channel', p_channel), p_customer, p_at);

    IF p_charge > 0 THEN
        PERFORM ledger_hold(p_customer, p_charge, 'order:' || order_id, p_spend_order, p_at);
    END IF;
    -- Never below the number of his running orders: raised by each of them, lowered by counting
    -- alone, which is done when the cap seems to be reached. So no order costs a count of all.
    UPDATE orders_opencount SET at_most = at_most + 1
     WHERE customer_id = p_customer AND (p_open_cap IS NULL OR at_most < p_open_cap);
    IF NOT FOUND AND p_open_cap IS NOT NULL THEN
        SELECT count(*) INTO running FROM (
            SELECT 1 FROM orders_order
             WHERE customer_id = p_customer AND parent_id IS NULL
               AND status IN ('held', 'queued', 'submitting', 'uncertain',
                              'pending', 'in_progress', 'processing')
             LIMIT p_open_cap + 1) AS open_orders;
        IF running > p_open_cap THEN
            RAISE EXCEPTION 'too many running orders' USING ERRCODE = 'OR004';
        END IF;
        INSERT INTO orders_opencount (customer_id, at_most) VALUES (p_customer, running)
            ON CONFLICT (customer_id) DO UPDATE SET at_most = excluded.at_most;
    END IF;
    RETURN order_id;
END $$;
