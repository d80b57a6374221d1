-- Places orders, one or many, in one call of one transaction: for each its row, its first event and
-- its charge, or none of them. Python (orders/placing/) has validated the input and asked
-- pricing.quote for the charge; this function proves that the quote is still true, so that nobody
-- pays a price he did not see. `p_orders` is an array of objects whose members are named in `asked`.
--
-- Returns for each its place in the array, from 1, and its number, or why it was refused: OR001 (the
-- price or the limits changed since the quote), OR002 (the customer may not order), OR006 (his
-- account is frozen), OR005 (not sold where he is billed), OR007 (an order stands in the way: the
-- same key, or another on this link), LG004 (he owes money), LG003 (insufficient funds), OR004 (too
-- many running orders). Who is refused leaves no trace. Of many, a refusal of OR007 or later may be
-- the doing of the others: whoever cares tries it alone, so that a large order never stands in the
-- way of a small one that the money reaches for.
--
-- The wallets are locked before anything is read, by ascending number as every act that locks many
-- does, so that what is proved still holds after a wait for them, and before an order is written, so
-- that nobody who holds a wallet waits for somebody who wants it (docs/adr/0015). All of a statement
-- is set up once, however many orders go through it: that is what makes many cheap (docs/adr/0020).
DROP FUNCTION IF EXISTS place_orders(jsonb);

CREATE OR REPLACE FUNCTION place_orders(
    p_orders jsonb, p_patience text DEFAULT NULL, p_is_counted boolean DEFAULT false
) RETURNS TABLE (place bigint, order_id bigint, refusal text) LANGUAGE plpgsql
-- Its plans are right whatever is asked, and to make them anew costs more than to carry them out.
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    customers bigint[] := ARRAY(SELECT DISTINCT (one -> 'p_customer')::bigint
                                  FROM jsonb_array_elements(p_orders) AS one);
    -- Of each order, in the order asked.
    numbers bigint[];
    refusals text[];
    -- Of those that were placed and cost something.
    payers bigint[];
    charges bigint[];
    names text[];
    spend_orders text[];
    ats timestamptz[];
BEGIN
    IF p_patience IS NOT NULL THEN
        PERFORM set_config('lock_timeout', p_patience, true);
    END IF;
    PERFORM ledger_lock_many(customers);

    WITH asked AS MATERIALIZED (
        SELECT one.* FROM ROWS FROM (jsonb_to_recordset(p_orders) AS (
            p_customer bigint, p_service bigint, p_service_revision bigint, p_own_rate bigint,
            p_publication bigint, p_channel text, p_idempotency_key text, p_request_hash text,
            p_link text, p_link_key text, p_quantity integer, p_parameters jsonb, p_snapshot jsonb,
            p_rate bigint, p_charge bigint, p_duplicate_accepted boolean, p_role text,
            p_runs integer, p_interval_minutes integer, p_status text, p_open_cap integer,
            p_spend_order text, p_not_before timestamptz, p_confirmed_at timestamptz,
            p_at timestamptz)) WITH ORDINALITY AS one (
            customer, service, revision, own_rate,
            publication, channel, idempotency_key, request_hash,
            link, link_key, quantity, parameters, snapshot,
            rate, charge, duplicate_accepted, role,
            runs, interval_minutes, status, open_cap,
            spend_order, not_before, confirmed_at, at, place)
    ), known AS (
        -- One look each, by number: OFFSET 0 keeps the planner from reading a table instead.
        SELECT asked.*, offer.id AS offer, count.at_most,
               -- First of all: who asks again hears of the order that he has, whatever changed since.
               CASE WHEN asked.idempotency_key IS NOT NULL AND EXISTS (
                         SELECT 1 FROM orders_order o WHERE o.customer_id = asked.customer
                            AND o.idempotency_key = asked.idempotency_key) THEN 'OR007'
                    WHEN offer.is_there IS NULL THEN 'OR001'
                    WHEN person.is_there IS NULL THEN 'OR002'
                    WHEN person.is_frozen THEN 'OR006'
                    WHEN offer.blocked <> '{}' AND (person.home = ''
                         OR person.home = ANY (offer.blocked)) THEN 'OR005'
               END AS own_fault
          FROM asked
          LEFT JOIN LATERAL (
            SELECT true AS is_there, s.provider_service_id AS id, s.blocked_countries AS blocked
              FROM services_service s
             WHERE s.id = asked.service AND s.revision = asked.revision AND s.is_active
               AND asked.own_rate IS NOT DISTINCT FROM
                   services_own_rate_of(asked.customer, asked.service)
            OFFSET 0) AS offer ON true
          LEFT JOIN LATERAL (
            SELECT true AS is_there, u.country AS home, u.frozen_at IS NOT NULL AS is_frozen
              FROM accounts_user u WHERE u.id = asked.customer AND u.is_active
            OFFSET 0) AS person ON true
          -- Who was never counted is counted now, as far as his cap.
          CROSS JOIN LATERAL (
            SELECT coalesce(
                (SELECT c.at_most FROM orders_opencount c WHERE c.customer_id = asked.customer),
                CASE WHEN asked.open_cap IS NOT NULL THEN (
                    SELECT count(*) FROM (
                        SELECT 1 FROM orders_order o
                         WHERE o.customer_id = asked.customer AND o.parent_id IS NULL
                           AND o.status IN ('held', 'queued', 'submitting', 'uncertain',
                                            'pending', 'in_progress', 'processing')
                         LIMIT asked.open_cap) AS open_orders) END) AS at_most
            OFFSET 0) AS count
    ), judged AS (
        SELECT known.*, coalesce(own_fault, CASE
                   WHEN charge > 0 AND purse.owes THEN 'LG004'
                   WHEN charge > 0 AND coalesce(purse.spendable, 0)
                        < sum(charge) FILTER (WHERE own_fault IS NULL) OVER so_far THEN 'LG003'
                   WHEN open_cap - at_most
                        < count(*) FILTER (WHERE own_fault IS NULL) OVER so_far THEN 'OR004'
               END) AS refusal
          FROM known
          LEFT JOIN ledger_spendable(customers) AS purse ON purse.customer = known.customer
        WINDOW so_far AS (PARTITION BY known.customer ORDER BY known.place)
    ), numbered AS MATERIALIZED (
        SELECT judged.*, CASE WHEN refusal IS NULL THEN nextval('orders_order_id_seq') END AS id
          FROM judged ORDER BY place
    ), placed AS (
        INSERT INTO orders_order (
            id, customer_id, service_id, publication_id, channel, idempotency_key, request_hash,
            link, link_key, quantity, parameters, snapshot, rate_micros, charge_micros,
            due_micros, refunded_micros, absorbed_micros, duplicate_accepted,
            role, runs, interval_minutes, status, not_before, confirmed_at, offer_id,
            poll_failures, was_cut_short, provider_currency, created_at)
        SELECT id, customer, service, publication, channel, idempotency_key, request_hash,
               link, link_key, quantity, parameters, snapshot, rate, charge,
               0, 0, 0, duplicate_accepted,
               role, runs, interval_minutes, status, not_before, confirmed_at, offer,
               0, false, '', at
          FROM numbered WHERE refusal IS NULL ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING id, customer_id, channel, created_at
    ), told AS (
        INSERT INTO orders_orderevent (order_id, kind, detail, actor_id, at)
        SELECT id, 'placed', jsonb_build_object('channel', channel), customer_id, created_at
          FROM placed
    ), counted AS (
        -- Never below the number of his running orders: raised by each of them, lowered by counting
        -- alone, which is done when the cap seems to be reached. So no order costs a count of all.
        INSERT INTO orders_opencount AS known (customer_id, at_most)
        SELECT numbered.customer, max(numbered.at_most) + count(*)
          FROM placed JOIN numbered ON numbered.id = placed.id
         GROUP BY numbered.customer HAVING max(numbered.at_most) IS NOT NULL
        ON CONFLICT (customer_id) DO UPDATE SET at_most = excluded.at_most
    )
    SELECT array_agg(placed.id ORDER BY place),
           array_agg(coalesce(refusal, CASE WHEN placed.id IS NULL THEN 'OR007' END) ORDER BY place),
           array_agg(customer ORDER BY place) FILTER (WHERE placed.id IS NOT NULL AND charge > 0),
           array_agg(charge ORDER BY place) FILTER (WHERE placed.id IS NOT NULL AND charge > 0),
           array_agg('order:' || placed.id ORDER BY place)
               FILTER (WHERE placed.id IS NOT NULL AND charge > 0),
           array_agg(spend_order ORDER BY place)
               FILTER (WHERE placed.id IS NOT NULL AND charge > 0),
           array_agg(at ORDER BY place) FILTER (WHERE placed.id IS NOT NULL AND charge > 0)
      INTO numbers, refusals, payers, charges, names, spend_orders, ats
      FROM numbered LEFT JOIN placed ON placed.id = numbered.id;

    IF payers IS NOT NULL THEN
        PERFORM ledger_hold_many(payers, charges, names, spend_orders, ats);
    END IF;
    IF 'OR004' = ANY (refusals) AND NOT p_is_counted THEN
        RETURN QUERY SELECT * FROM place_counted(p_orders, numbers, refusals);
    ELSE
        RETURN QUERY SELECT done.place, done.number, done.refusal
          FROM unnest(numbers, refusals) WITH ORDINALITY AS done (number, refusal, place);
    END IF;
END $$;

-- Those whose customers seemed to have reached their cap once more, now that their running orders
-- were counted. A count that was cut short at the cap is kept by nobody: it may be too low.
CREATE OR REPLACE FUNCTION place_counted(p_orders jsonb, p_numbers bigint[], p_refusals text[])
RETURNS TABLE (place bigint, order_id bigint, refusal text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    places bigint[] := ARRAY(SELECT done.place FROM unnest(p_refusals) WITH ORDINALITY
                               AS done (refusal, place) WHERE done.refusal = 'OR004');
    again jsonb;
BEGIN
    INSERT INTO orders_opencount AS known (customer_id, at_most)
    SELECT full_up.customer, running.orders
      FROM (SELECT (one -> 'p_customer')::bigint AS customer,
                   max((one -> 'p_open_cap')::integer) AS open_cap
              FROM unnest(places) AS place
             CROSS JOIN LATERAL (SELECT p_orders -> (place - 1)::integer) AS asked (one)
             GROUP BY 1) AS full_up
     CROSS JOIN LATERAL (
        SELECT count(*) FROM (
            SELECT 1 FROM orders_order o
             WHERE o.customer_id = full_up.customer AND o.parent_id IS NULL
               AND o.status IN ('held', 'queued', 'submitting', 'uncertain',
                                'pending', 'in_progress', 'processing')
             LIMIT full_up.open_cap) AS open_orders) AS running (orders)
     WHERE running.orders < full_up.open_cap
    ON CONFLICT (customer_id) DO UPDATE SET at_most = excluded.at_most;
    SELECT jsonb_agg(p_orders -> (listed.place - 1)::integer ORDER BY listed.place)
      INTO again FROM unnest(places) AS listed (place);
    RETURN QUERY
    SELECT done.place, coalesce(later.order_id, done.number),
           CASE WHEN later.place IS NULL THEN done.refusal ELSE later.refusal END
      FROM unnest(p_numbers, p_refusals) WITH ORDINALITY AS done (number, refusal, place)
      LEFT JOIN (SELECT places[made.place] AS place, made.order_id, made.refusal
                   FROM place_orders(again, NULL, true) AS made) AS later
        ON later.place = done.place
     ORDER BY done.place;
END $$;
