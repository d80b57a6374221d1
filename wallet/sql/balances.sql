-- Balances move with the transfers that explain them: once for each statement and account, however
-- many transfers it posts, under CHECK (balance_micros >= 0).

DROP TRIGGER IF EXISTS wallet_transfer_moves_balances ON wallet_transfer;

-- AFTER, not BEFORE: an insert that ON CONFLICT DO NOTHING skips must move nothing.
CREATE OR REPLACE FUNCTION wallet_move_balances() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    accounts bigint[];
    sums bigint[];
BEGIN
    SELECT array_agg(account ORDER BY account), array_agg(moved ORDER BY account)
      INTO accounts, sums
      FROM (SELECT account, sum(amount)::bigint AS moved
              FROM (SELECT debit_account_id AS account, -amount_micros AS amount FROM posted
                    UNION ALL SELECT credit_account_id, amount_micros FROM posted) AS sides
             GROUP BY account) AS by_account;
    -- Debt is debit-normal and stored positive; every other customer account is credit-normal.
    UPDATE wallet_account a
       SET balance_micros = a.balance_micros + CASE WHEN a.kind = 'debt' THEN -moved ELSE moved END
      FROM unnest(accounts, sums) AS side (account, moved)
     WHERE a.id = side.account AND a.owner_id IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER wallet_transfer_moves_balances AFTER INSERT ON wallet_transfer
    REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_move_balances();
