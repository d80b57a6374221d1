-- What many orders take in one go. Called by orders/sql/place_orders.sql, which holds the wallets.

-- What customers can pay with, cash and bonus together, and whether they owe money (LG004). Whoever
-- has no account at all has no row. Inlined: it is planned with the statement that asks.
CREATE FUNCTION ledger_spendable(p_customers bigint[])
RETURNS TABLE (customer bigint, spendable bigint, owes boolean) LANGUAGE sql STABLE AS $$
    SELECT owner_id,
           (sum(balance_micros) FILTER (WHERE kind <> 'debt'))::bigint,
           coalesce(bool_or(kind = 'debt' AND balance_micros > 0), false)
      FROM wallet_account
     WHERE owner_id = ANY (p_customers) AND kind IN ('cash', 'bonus', 'debt') AND label = ''
     GROUP BY owner_id
$$;

-- Takes charges out of cash and bonus into escrow, in the order given, each as `ledger_hold` would:
-- what a customer has is laid out in the order of spending (BON-04), and every charge takes the
-- stretch behind those before it. The caller has locked the cash rows, has seen that the money
-- reaches and that nobody owes any, and was never here with these references before: whatever else
-- comes is refused by the CHECK on balances or by the key, as a whole.
CREATE FUNCTION ledger_hold_many(
    p_customers bigint[], p_charges bigint[], p_references text[], p_spend_orders text[],
    p_ats timestamptz[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    escrow_id bigint := ledger_account(NULL, 'escrow');
BEGIN
    PERFORM 1 FROM unnest(p_customers, p_spend_orders) AS one (customer, spend_order)
      GROUP BY customer HAVING min(spend_order) <> max(spend_order);
    IF FOUND THEN
        RAISE EXCEPTION 'charges under different orders of spending are taken one by one'
            USING ERRCODE = 'LG005';
    END IF;
    INSERT INTO wallet_transfer (debit_account_id, credit_account_id, amount_micros, kind,
                                 key, reference, created_at)
    SELECT CASE WHEN part.is_bonus THEN laid.bonus_id ELSE laid.cash_id END, escrow_id, part.amount,
           'order_charge', laid.reference || CASE WHEN part.is_bonus THEN ':charge:bonus'
                                                  ELSE ':charge' END, laid.reference, laid.at
      FROM (
        SELECT asked.*, pots.cash_id, pots.bonus_id,
               asked.spend_order = 'bonus_first' AS takes_bonus_first,
               least(upto, first_pot) - least(upto - charge, first_pot) AS from_first
          FROM (SELECT one.*, sum(charge) OVER (PARTITION BY customer ORDER BY place)::bigint AS upto
                  FROM unnest(p_customers, p_charges, p_references, p_spend_orders, p_ats)
                       WITH ORDINALITY
                    AS one (customer, charge, reference, spend_order, at, place)) AS asked
          JOIN (SELECT owner_id,
                       max(id) FILTER (WHERE kind = 'cash') AS cash_id,
                       max(id) FILTER (WHERE kind = 'bonus') AS bonus_id,
                       coalesce(max(balance_micros) FILTER (WHERE kind = 'cash'), 0) AS cash,
                       coalesce(max(balance_micros) FILTER (WHERE kind = 'bonus'), 0) AS bonus
                  FROM wallet_account
                 WHERE owner_id = ANY (p_customers) AND kind IN ('cash', 'bonus') AND label = ''
                 GROUP BY owner_id) AS pots ON pots.owner_id = asked.customer
         CROSS JOIN LATERAL (SELECT CASE WHEN asked.spend_order = 'bonus_first' THEN pots.bonus
                                         ELSE pots.cash END) AS f (first_pot)
      ) AS laid
     CROSS JOIN LATERAL (VALUES (1, laid.takes_bonus_first, laid.from_first),
                                (2, NOT laid.takes_bonus_first, laid.charge - laid.from_first))
                     AS part (turn, is_bonus, amount)
     WHERE part.amount > 0
     -- The order of the rows is the order of taking, which a refund undoes from its end.
     ORDER BY laid.place, part.turn;
END $$;
