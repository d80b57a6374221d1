-- Every change of what a customer is promised raises the revision, whoever makes it: a form, a
-- bulk edit or raw SQL. place_orders compares it with the one that the quote was made from.
-- And whoever puts a service on sale, the panel's reason for taking it off is over: it must not be
-- there any more when a person takes it off again.
CREATE OR REPLACE FUNCTION services_raise_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.rate_micros, NEW.min_quantity, NEW.max_quantity, NEW.is_active, NEW.type, NEW.is_free)
       IS DISTINCT FROM
       (OLD.rate_micros, OLD.min_quantity, OLD.max_quantity, OLD.is_active, OLD.type, OLD.is_free) THEN
        NEW.revision := OLD.revision + 1;
    ELSE
        NEW.revision := OLD.revision;
    END IF;
    IF NEW.is_active THEN
        NEW.off_reason := '';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER services_service_revision BEFORE UPDATE ON services_service
    FOR EACH ROW EXECUTE FUNCTION services_raise_revision();
