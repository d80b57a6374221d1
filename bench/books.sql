-- A wallet of 1 M transfers as honest trade leaves it, written at once with the triggers off (they
-- move one balance for each row: hours for a million in one statement). What they would have left
-- is set afterwards, and `verify_ledger` proves it.
--
-- Of every six orders of 1.00: one top-up of 6.00 before them, 0.25 back for every other one.
-- Needs: a table bench_customer(owner_id, orders), one service and one publication.
SET session_replication_role = replica;

CREATE TEMPORARY TABLE bench_order AS
SELECT owner_id, k, row_number() OVER (ORDER BY owner_id, k) AS order_id,
       CASE WHEN k % 6 = 0 THEN row_number() OVER (PARTITION BY k % 6 ORDER BY owner_id, k) END
           AS deposit_id,
       CASE WHEN k % 2 = 0 THEN 250000 ELSE 0 END AS refunded,
       timestamptz '2026-01-01' + k * interval '5 minutes' AS at
  FROM bench_customer, generate_series(0, orders - 1) k;

INSERT INTO wallet_account (owner_id, kind, label, balance_micros)
SELECT owner_id, 'cash', '', 0 FROM bench_customer
UNION ALL SELECT NULL, 'escrow', '', 0
UNION ALL SELECT NULL, 'revenue', '', 0
UNION ALL SELECT NULL, 'gateway_clearing', 'stripe', 0;

INSERT INTO wallet_deposit (id, customer_id, publication_id, gateway, asked_micros, amount_micros,
                            state, checkout_id, charge_id, method_label, card_fingerprint,
                            is_automatic, trouble, created_at, credited_at)
SELECT deposit_id, owner_id, (SELECT max(id) FROM legal_publication), 'stripe', 6000000, 6000000,
       'paid', '', '', '', '', false, '', at, at
  FROM bench_order WHERE deposit_id IS NOT NULL;

INSERT INTO orders_order (id, customer_id, service_id, publication_id, channel, request_hash, link,
                          link_key, quantity, parameters, snapshot, rate_micros, charge_micros,
                          due_micros, refunded_micros, absorbed_micros, duplicate_accepted, role,
                          status, not_before, poll_failures, was_cut_short, provider_currency,
                          created_at, finished_at)
SELECT order_id, owner_id, (SELECT max(id) FROM services_service),
       (SELECT max(id) FROM legal_publication), 'api', '', 'https://example.com/' || order_id,
       order_id::text, 1000, '{}', '{"name": "Views"}', 1000000, 1000000, refunded, refunded, 0,
       false, 'single', CASE WHEN refunded > 0 THEN 'partial' ELSE 'completed' END, at, 0, false, '', at,
       at + interval '1 hour'
  FROM bench_order;

INSERT INTO wallet_transfer (debit_account_id, credit_account_id, amount_micros, kind, key,
                             reference, origin, created_at)
SELECT debit_id, credit_id, amount, kind, key, reference, origin, at FROM (
    SELECT b.owner_id, k, 0 AS step, clearing.id AS debit_id, cash.id AS credit_id, 6000000 AS amount,
           'deposit' AS kind, 'deposit:' || deposit_id || ':credit' AS key,
           'deposit:' || deposit_id AS reference, 'deposit:' || deposit_id AS origin, at
      FROM bench_order b JOIN wallet_account cash ON cash.owner_id = b.owner_id,
           wallet_account clearing
     WHERE deposit_id IS NOT NULL AND clearing.kind = 'gateway_clearing'
    UNION ALL
    SELECT b.owner_id, k, 1, cash.id, escrow.id, 1000000, 'order_charge',
           'order:' || order_id || ':charge', 'order:' || order_id, NULL, at
      FROM bench_order b JOIN wallet_account cash ON cash.owner_id = b.owner_id,
           wallet_account escrow
     WHERE escrow.kind = 'escrow'
    UNION ALL
    SELECT b.owner_id, k, 2, escrow.id, cash.id, refunded, 'order_refund',
           'order:' || order_id || ':refund:' || refunded, 'order:' || order_id, NULL, at
      FROM bench_order b JOIN wallet_account cash ON cash.owner_id = b.owner_id,
           wallet_account escrow
     WHERE refunded > 0 AND escrow.kind = 'escrow'
    UNION ALL
    SELECT b.owner_id, k, 3, escrow.id, revenue.id, 1000000 - refunded, 'order_revenue',
           'order:' || order_id || ':revenue:' || (1000000 - refunded), 'order:' || order_id, NULL, at
      FROM bench_order b, wallet_account escrow, wallet_account revenue
     WHERE escrow.kind = 'escrow' AND revenue.kind = 'revenue') rows
 ORDER BY owner_id, k, step;

UPDATE wallet_account a
   SET balance_micros = (SELECT coalesce(sum(amount_micros), 0) FROM wallet_transfer
                          WHERE credit_account_id = a.id)
                      - (SELECT coalesce(sum(amount_micros), 0) FROM wallet_transfer
                          WHERE debit_account_id = a.id)
 WHERE owner_id IS NOT NULL;

SELECT setval('wallet_deposit_id_seq', (SELECT max(id) FROM wallet_deposit));
SELECT setval('orders_order_id_seq', (SELECT max(id) FROM orders_order));
SET session_replication_role = origin;
