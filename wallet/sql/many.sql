-- The same for many causes at once: what is reported of a hundred orders is booked in one go.

-- Locks the cash rows of many customers, by ascending id, so that two batches wait for each other
-- instead of killing each other. Accounts that are missing are opened first, by customer.
CREATE FUNCTION ledger_lock_many(p_customers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_account(missing.id, 'cash')
       FROM (SELECT DISTINCT c.id FROM unnest(p_customers) AS c (id)
              WHERE NOT EXISTS (SELECT 1 FROM wallet_account a
                                 WHERE a.owner_id = c.id AND a.kind = 'cash' AND a.label = '')
              ORDER BY c.id) missing;
    PERFORM 1 FROM wallet_account
      WHERE owner_id = ANY (p_customers) AND kind = 'cash' AND label = '' ORDER BY id FOR UPDATE;
END $$;

-- Transfers in the order given; of each pair of accounts the first is debited. As `ledger_post`: the
-- same key with the same content moves nothing, with other content it is an error (LG001).
CREATE FUNCTION ledger_post_many(
    p_debit_owners bigint[], p_debit_kinds text[], p_credit_owners bigint[], p_credit_kinds text[],
    p_amounts bigint[], p_kinds text[], p_keys text[], p_references text[], p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    INSERT INTO wallet_transfer (debit_account_id, credit_account_id, amount_micros, kind,
                                 key, reference, created_at)
    SELECT ledger_account(m.debit_owner, m.debit_kind),
           ledger_account(m.credit_owner, m.credit_kind),
           m.amount, m.kind, m.key, m.reference, p_at
      FROM unnest(p_debit_owners, p_debit_kinds, p_credit_owners, p_credit_kinds,
                  p_amounts, p_kinds, p_keys, p_references) WITH ORDINALITY
        AS m (debit_owner, debit_kind, credit_owner, credit_kind,
              amount, kind, key, reference, place)
     ORDER BY m.place
    ON CONFLICT (key) DO NOTHING;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved < cardinality(p_keys) THEN
        -- Some keys are known: each says for itself whether it names the same transfer.
        PERFORM ledger_post(ledger_account(m.debit_owner, m.debit_kind),
                            ledger_account(m.credit_owner, m.credit_kind),
                            m.amount, m.kind, m.key, m.reference, NULL, p_at)
           FROM unnest(p_debit_owners, p_debit_kinds, p_credit_owners, p_credit_kinds,
                       p_amounts, p_kinds, p_keys, p_references)
             AS m (debit_owner, debit_kind, credit_owner, credit_kind,
                   amount, kind, key, reference);
    END IF;
END $$;
