-- The books, kept by the database itself. Source of the rules: docs/ledger.md.
--
-- A transfer inserts and never changes; it moves the balances of customers' accounts (balances.sql)
-- under CHECK (balance_micros >= 0). House accounts carry no balance: they are sums.

CREATE TRIGGER wallet_transfer_append_only BEFORE UPDATE OR DELETE ON wallet_transfer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_transfer_no_truncate BEFORE TRUNCATE ON wallet_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A balance that some other statement writes is a balance that no transfer explains.
CREATE FUNCTION wallet_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.balance_micros <> 0 THEN
            RAISE EXCEPTION 'an account opens empty' USING ERRCODE = 'LG002';
        END IF;
    ELSIF (NEW.owner_id, NEW.kind, NEW.label) IS DISTINCT FROM (OLD.owner_id, OLD.kind, OLD.label) THEN
        RAISE EXCEPTION 'an account keeps its owner and kind' USING ERRCODE = 'LG002';
    ELSIF NEW.balance_micros <> OLD.balance_micros AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a balance moves by transfer only' USING ERRCODE = 'LG002';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wallet_account_guard BEFORE INSERT OR UPDATE ON wallet_account
    FOR EACH ROW EXECUTE FUNCTION wallet_guard_account();
CREATE TRIGGER wallet_account_no_delete BEFORE DELETE ON wallet_account
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallet_account_no_truncate BEFORE TRUNCATE ON wallet_account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Locks a customer's cash row: the mutex that every verb takes before any other account.
CREATE FUNCTION ledger_lock(p_customer bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    cash_id bigint := ledger_account(p_customer, 'cash');
BEGIN
    PERFORM 1 FROM wallet_account WHERE id = cash_id FOR UPDATE;
    RETURN cash_id;
END $$;

-- The one door through which transfers come in. The same key with the same content returns the
-- first row's id and moves nothing; with other content it is an error (LG001).
CREATE FUNCTION ledger_post(
    p_debit bigint, p_credit bigint, p_amount bigint, p_kind text,
    p_key text, p_reference text, p_origin text, p_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    posted bigint;
    first_row wallet_transfer%ROWTYPE;
BEGIN
    INSERT INTO wallet_transfer (debit_account_id, credit_account_id, amount_micros, kind,
                                 key, reference, origin, created_at)
    VALUES (p_debit, p_credit, p_amount, p_kind, p_key, p_reference, p_origin, p_at)
    ON CONFLICT (key) DO NOTHING RETURNING id INTO posted;
    IF posted IS NOT NULL THEN
        RETURN posted;
    END IF;
    SELECT * INTO STRICT first_row FROM wallet_transfer WHERE key = p_key;
    IF (first_row.debit_account_id, first_row.credit_account_id, first_row.amount_micros,
        first_row.kind, first_row.reference, first_row.origin)
       IS DISTINCT FROM (p_debit, p_credit, p_amount, p_kind, p_reference, p_origin) THEN
        RAISE EXCEPTION 'ledger key % was used for another transfer', p_key USING ERRCODE = 'LG001';
    END IF;
    RETURN first_row.id;
END $$;
