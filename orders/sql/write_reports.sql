-- What reports changed of locked orders, in one call. Called by orders/following/writing.py.
--
-- Most orders of an answer have no news: of them the clock alone is written, a narrow row beside the
-- order's. Of many others only the counts are new; what is left is written whole. No statement names
-- a column of an index that it does not change, so that what only counts stays on its page and out
-- of the indexes. The clocks come behind the orders, because their guard reads how those stand; last
-- the lines of the stories, in the order given.
CREATE OR REPLACE FUNCTION orders_write_reports(
    p_at timestamptz, p_checked bigint[], p_checks timestamptz[], p_unheard bigint[],
    p_counted bigint[], p_counted_starts bigint[], p_counted_remains bigint[],
    p_counted_started timestamptz[],
    p_told bigint[], p_starts bigint[], p_remains bigint[], p_started timestamptz[],
    p_statuses text[], p_cut_short boolean[], p_finished timestamptz[], p_expected timestamptz[],
    p_dues bigint[], p_refunded bigint[], p_prices bigint[], p_currencies text[],
    p_failures smallint[], p_silent timestamptz[],
    p_story bigint[], p_story_kinds text[], p_story_details jsonb[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(p_counted) > 0 THEN
        UPDATE orders_order o
           SET start_count = new.start_count, remains = new.remains, started_at = new.started_at
          FROM unnest(p_counted, p_counted_starts, p_counted_remains, p_counted_started)
               AS new (id, start_count, remains, started_at)
         WHERE o.id = new.id;
    END IF;
    IF cardinality(p_told) > 0 THEN
        UPDATE orders_order o
           SET start_count = new.start_count, remains = new.remains, started_at = new.started_at,
               status = new.status, was_cut_short = new.was_cut_short,
               finished_at = new.finished_at, expected_by = new.expected_by,
               due_micros = new.due, refunded_micros = new.refunded,
               provider_charge_micros = new.price, provider_currency = new.currency,
               poll_failures = new.failures, silent_since = new.silent_since
          FROM unnest(p_told, p_starts, p_remains, p_started, p_statuses, p_cut_short, p_finished,
                      p_expected, p_dues, p_refunded, p_prices, p_currencies, p_failures, p_silent)
               AS new (id, start_count, remains, started_at, status, was_cut_short, finished_at,
                       expected_by, due, refunded, price, currency, failures, silent_since)
         WHERE o.id = new.id;
    END IF;
    UPDATE orders_clock c
       SET next_at = new.next_at,
           checked_at = CASE WHEN c.order_id = ANY (p_unheard) THEN c.checked_at ELSE p_at END
      FROM unnest(p_checked, p_checks) AS new (id, next_at) WHERE c.order_id = new.id;
    IF cardinality(p_story) > 0 THEN
        INSERT INTO orders_orderevent (order_id, kind, detail, at)
        SELECT line.order_id, line.kind, line.detail, p_at
          FROM unnest(p_story, p_story_kinds, p_story_details) WITH ORDINALITY
               AS line (order_id, kind, detail, place)
         ORDER BY line.place;
    END IF;
END $$;
