-- What reports changed of locked orders, in one call. Called by orders/following/writing.py: first
-- the orders with news, column by column, then those of which only the time of the next check is
-- new, then the lines of their stories in the order given.
CREATE OR REPLACE FUNCTION orders_write_reports(
    p_at timestamptz, p_ids bigint[], p_statuses text[], p_cut_short boolean[],
    p_finished timestamptz[], p_expected timestamptz[], p_dues bigint[], p_refunded bigint[],
    p_start_counts bigint[], p_remains bigint[], p_started timestamptz[], p_prices bigint[],
    p_currencies text[], p_failures smallint[], p_silent timestamptz[], p_checked timestamptz[],
    p_polls timestamptz[],
    p_waiting bigint[], p_waiting_polls timestamptz[],
    p_story_ids bigint[], p_story_kinds text[], p_story_details jsonb[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(p_ids) > 0 THEN
        UPDATE orders_order o
           SET status = new.status, was_cut_short = new.was_cut_short,
               finished_at = new.finished_at, expected_by = new.expected_by,
               due_micros = new.due, refunded_micros = new.refunded,
               start_count = new.start_count, remains = new.remains, started_at = new.started_at,
               provider_charge_micros = new.price, provider_currency = new.currency,
               poll_failures = new.failures, silent_since = new.silent_since,
               checked_at = new.checked_at, next_poll_at = new.next_poll_at
          FROM unnest(p_ids, p_statuses, p_cut_short, p_finished, p_expected, p_dues, p_refunded,
                      p_start_counts, p_remains, p_started, p_prices, p_currencies, p_failures,
                      p_silent, p_checked, p_polls)
               AS new (id, status, was_cut_short, finished_at, expected_by, due, refunded,
                       start_count, remains, started_at, price, currency, failures,
                       silent_since, checked_at, next_poll_at)
         WHERE o.id = new.id;
    END IF;
    IF cardinality(p_waiting) > 0 THEN
        UPDATE orders_order o SET checked_at = p_at, next_poll_at = new.next_poll_at
          FROM unnest(p_waiting, p_waiting_polls) AS new (id, next_poll_at) WHERE o.id = new.id;
    END IF;
    IF cardinality(p_story_ids) > 0 THEN
        INSERT INTO orders_orderevent (order_id, kind, detail, at)
        SELECT line.order_id, line.kind, line.detail, p_at
          FROM unnest(p_story_ids, p_story_kinds, p_story_details) WITH ORDINALITY
               AS line (order_id, kind, detail, place)
         ORDER BY line.place;
    END IF;
END $$;
