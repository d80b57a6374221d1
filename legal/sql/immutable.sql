-- What was published or accepted stays as it was, also for raw SQL. Only a draft may change.

CREATE FUNCTION legal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% never changes: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'LE001';
END $$;

CREATE FUNCTION legal_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'version % is published: % refused', OLD.id, TG_OP USING ERRCODE = 'LE001';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.published_at IS NOT NULL
       AND NEW.sha256 <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'version %: the SHA-256 is not that of its text', NEW.id
            USING ERRCODE = 'LE002';
    END IF;
    RETURN NEW;
END $$;

-- A publication names its versions by fingerprint, so nothing can be slipped in afterwards.
CREATE FUNCTION legal_guard_contents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM legal_publication p, legal_documentversion v
         WHERE p.id = NEW.publication_id AND v.id = NEW.documentversion_id
           AND v.published_at IS NOT NULL
           AND p.fingerprints ->> v.id::text = v.sha256
    ) THEN
        RAISE EXCEPTION 'publication % does not name version %',
            NEW.publication_id, NEW.documentversion_id USING ERRCODE = 'LE002';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER legal_documentversion_guard BEFORE INSERT OR UPDATE OR DELETE ON legal_documentversion
    FOR EACH ROW EXECUTE FUNCTION legal_guard_version();
CREATE TRIGGER legal_documentversion_no_truncate BEFORE TRUNCATE ON legal_documentversion
    FOR EACH STATEMENT EXECUTE FUNCTION legal_refuse_change();

CREATE TRIGGER legal_publication_immutable BEFORE UPDATE OR DELETE ON legal_publication
    FOR EACH ROW EXECUTE FUNCTION legal_refuse_change();
CREATE TRIGGER legal_publication_no_truncate BEFORE TRUNCATE ON legal_publication
    FOR EACH STATEMENT EXECUTE FUNCTION legal_refuse_change();

CREATE TRIGGER legal_publication_versions_guard BEFORE INSERT ON legal_publication_versions
    FOR EACH ROW EXECUTE FUNCTION legal_guard_contents();
CREATE TRIGGER legal_publication_versions_immutable BEFORE UPDATE OR DELETE ON legal_publication_versions
    FOR EACH ROW EXECUTE FUNCTION legal_refuse_change();
CREATE TRIGGER legal_publication_versions_no_truncate BEFORE TRUNCATE ON legal_publication_versions
    FOR EACH STATEMENT EXECUTE FUNCTION legal_refuse_change();

CREATE TRIGGER legal_acceptance_immutable BEFORE UPDATE OR DELETE ON legal_acceptance
    FOR EACH ROW EXECUTE FUNCTION legal_refuse_change();
CREATE TRIGGER legal_acceptance_no_truncate BEFORE TRUNCATE ON legal_acceptance
    FOR EACH STATEMENT EXECUTE FUNCTION legal_refuse_change();
