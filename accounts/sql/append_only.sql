-- What staff did stays as it was written.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'AC001';
END $$;

CREATE TRIGGER accounts_actlog_append_only BEFORE UPDATE OR DELETE ON accounts_actlog
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accounts_actlog_no_truncate BEFORE TRUNCATE ON accounts_actlog
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
