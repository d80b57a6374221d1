-- A million open orders of one provider, all of them due, as a year of trade leaves them: written at
-- once with the triggers off. Of the first :reported of them the charge of 1.00 is in escrow; the
-- others were free, so that the books agree.
-- Needs: a table bench_following (provider_id, offer_id, service_id, open, reported, at).
SET session_replication_role = replica;

CREATE TEMPORARY TABLE bench_open AS
SELECT nextval('orders_order_id_seq') AS id, place,
       (SELECT array_agg(owner_id ORDER BY owner_id) FROM bench_customer) [1 + place % 5000] AS owner_id
  FROM bench_following, generate_series(1, open) place;

INSERT INTO orders_order (id, customer_id, service_id, publication_id, channel, request_hash, link,
                          link_key, quantity, parameters, snapshot, rate_micros, charge_micros,
                          due_micros, refunded_micros, absorbed_micros, duplicate_accepted, role,
                          status, not_before, poll_failures, was_cut_short, provider_currency,
                          created_at, offer_id, provider_id, external_id, start_count, remains,
                          started_at, sent_at, confirmed_at)
SELECT id, owner_id, service_id, (SELECT max(id) FROM legal_publication), 'api', '',
       'https://example.com/o/' || id, 'open:' || id, 1000, '{}', '{"name": "Views", "type": "default"}',
       1000000, CASE WHEN place <= reported THEN 1000000 ELSE 0 END,
       0, 0, 0, false, 'single', 'in_progress', at, 0, false, 'USD',
       at - interval '2 days', offer_id, provider_id, 'b' || id, 10, 900,
       at - interval '1 day', at - interval '2 days', at
  FROM bench_open, bench_following;

INSERT INTO orders_clock (order_id, provider_id, external_id, next_at, checked_at)
SELECT id, provider_id, 'b' || id, at - random() * interval '1 hour', at FROM bench_open, bench_following;

INSERT INTO wallet_transfer (debit_account_id, credit_account_id, amount_micros, kind, key,
                             reference, created_at)
SELECT debit_id, credit_id, 1000000, kind, 'order:' || id || name, reference, at FROM (
    SELECT o.id, 0 AS step, house.id AS debit_id, cash.id AS credit_id, 'adjustment' AS kind,
           ':funds' AS name, 'funds:' || o.id AS reference, at
      FROM bench_open o JOIN wallet_account cash USING (owner_id), wallet_account house,
           bench_following
     WHERE place <= reported AND cash.kind = 'cash' AND house.kind = 'gateway_clearing'
    UNION ALL
    SELECT o.id, 1, cash.id, house.id, 'order_charge', ':charge', 'order:' || o.id, at
      FROM bench_open o JOIN wallet_account cash USING (owner_id), wallet_account house,
           bench_following
     WHERE place <= reported AND cash.kind = 'cash' AND house.kind = 'escrow') rows
 ORDER BY id, step;

SET session_replication_role = origin;
