-- The id of one account, opened on first use. A house account has no owner, and is asked for with
-- IS NULL: "IS NOT DISTINCT FROM" reads the whole table.
CREATE OR REPLACE FUNCTION ledger_account(p_owner bigint, p_kind text, p_label text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_id bigint;
BEGIN
    LOOP
        IF p_owner IS NULL THEN
            SELECT id INTO found_id FROM wallet_account
             WHERE owner_id IS NULL AND kind = p_kind AND label = p_label;
        ELSE
            SELECT id INTO found_id FROM wallet_account
             WHERE owner_id = p_owner AND kind = p_kind AND label = p_label;
        END IF;
        IF found_id IS NOT NULL THEN
            RETURN found_id;
        END IF;
        INSERT INTO wallet_account (owner_id, kind, label, balance_micros)
        VALUES (p_owner, p_kind, p_label, 0) ON CONFLICT DO NOTHING;
    END LOOP;
END $$;
