-- What one order takes, by itself: a run, a post. Called by wallet/ledger/orders.py; hold_many.sql is
-- the same for orders that are placed together.
DROP FUNCTION IF EXISTS ledger_hold(bigint, bigint, text, timestamptz);

-- Takes a charge out of cash and bonus into escrow: all of it or nothing (LG003), and nothing from
-- somebody who owes money (LG004). `p_spend_order` says which goes first (BON-04).
-- Returns the part that came out of bonus. What was charged already is not charged again, however
-- cash and bonus would be split by now; another sum for it is an error (LG001).
CREATE FUNCTION ledger_hold(
    p_customer bigint, p_charge bigint, p_reference text, p_spend_order text, p_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    escrow_id bigint := ledger_account(NULL, 'escrow');
    cash wallet_account%ROWTYPE;
    bonus wallet_account%ROWTYPE;
    has_cash bigint;
    has_bonus bigint;
    from_bonus bigint;
    charged bigint;
BEGIN
    SELECT * INTO cash FROM wallet_account
     WHERE owner_id = p_customer AND kind = 'cash' AND label = '' FOR UPDATE;
    SELECT * INTO bonus FROM wallet_account
     WHERE owner_id = p_customer AND kind = 'bonus' AND label = '' FOR UPDATE;
    SELECT sum(amount_micros), coalesce(sum(amount_micros) FILTER (WHERE key LIKE '%:bonus'), 0)
      INTO charged, from_bonus FROM wallet_transfer
     WHERE key IN (p_reference || ':charge', p_reference || ':charge:bonus');
    IF charged = p_charge THEN
        RETURN from_bonus;
    ELSIF charged IS NOT NULL THEN
        RAISE EXCEPTION '% was charged with another sum', p_reference USING ERRCODE = 'LG001';
    END IF;
    PERFORM 1 FROM wallet_account
     WHERE owner_id = p_customer AND kind = 'debt' AND label = '' AND balance_micros > 0;
    IF FOUND THEN
        RAISE EXCEPTION 'the customer owes money' USING ERRCODE = 'LG004';
    END IF;
    has_cash := coalesce(cash.balance_micros, 0);
    has_bonus := coalesce(bonus.balance_micros, 0);
    IF has_cash + has_bonus < p_charge THEN
        RAISE EXCEPTION 'insufficient funds' USING ERRCODE = 'LG003';
    END IF;
    from_bonus := CASE WHEN p_spend_order = 'bonus_first' THEN least(has_bonus, p_charge)
                       ELSE p_charge - least(has_cash, p_charge) END;
    -- The order of the rows is the order of taking, which a refund undoes from its end.
    IF p_spend_order = 'bonus_first' AND from_bonus > 0 THEN
        PERFORM ledger_post(bonus.id, escrow_id, from_bonus, 'order_charge',
                            p_reference || ':charge:bonus', p_reference, NULL, p_at);
    END IF;
    IF p_charge > from_bonus THEN
        PERFORM ledger_post(cash.id, escrow_id, p_charge - from_bonus, 'order_charge',
                            p_reference || ':charge', p_reference, NULL, p_at);
    END IF;
    IF p_spend_order <> 'bonus_first' AND from_bonus > 0 THEN
        PERFORM ledger_post(bonus.id, escrow_id, from_bonus, 'order_charge',
                            p_reference || ':charge:bonus', p_reference, NULL, p_at);
    END IF;
    RETURN from_bonus;
END $$;
