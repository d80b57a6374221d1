-- What changed is written down by the tables themselves, so that no form, import or raw SQL can
-- forget it: costs of providers, what customers are told of, and the number of the catalogue.

CREATE FUNCTION services_note_cost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO services_costchange (offer_id, old_micros, new_micros, at)
    VALUES (NEW.id, OLD.cost_micros, NEW.cost_micros, now());
    RETURN NULL;
END $$;

CREATE TRIGGER services_providerservice_cost AFTER UPDATE ON services_providerservice
    FOR EACH ROW WHEN (NEW.cost_micros IS DISTINCT FROM OLD.cost_micros)
    EXECUTE FUNCTION services_note_cost();

-- A price that changes while nobody can order is told when the service is on sale again.
CREATE FUNCTION services_note_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    what text;
    old_rate bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        what := 'new';
    ELSIF NEW.is_active AND NOT OLD.is_active THEN
        IF EXISTS (SELECT 1 FROM services_catalogueupdate WHERE service_id = NEW.id) THEN
            what := 'back';
        ELSE
            what := 'new';
        END IF;
    ELSIF OLD.is_active AND NOT NEW.is_active THEN
        what := 'off';
    ELSIF NEW.rate_micros > OLD.rate_micros THEN
        what := 'price_up';
    ELSE
        what := 'price_down';
    END IF;
    IF what IN ('price_up', 'price_down') THEN
        old_rate := OLD.rate_micros;
    ELSIF what = 'back' THEN
        SELECT new_rate_micros INTO old_rate FROM services_catalogueupdate
         WHERE service_id = NEW.id ORDER BY id DESC LIMIT 1;
    END IF;
    INSERT INTO services_catalogueupdate (service_id, kind, old_rate_micros, new_rate_micros, at)
    VALUES (NEW.id, what, old_rate, NEW.rate_micros, now());
    RETURN NULL;
END $$;

CREATE TRIGGER services_service_new AFTER INSERT ON services_service
    FOR EACH ROW WHEN (NEW.is_active) EXECUTE FUNCTION services_note_update();

CREATE TRIGGER services_service_changed AFTER UPDATE ON services_service
    FOR EACH ROW WHEN (
        NEW.is_active IS DISTINCT FROM OLD.is_active
        OR (NEW.is_active AND NEW.rate_micros IS DISTINCT FROM OLD.rate_micros))
    EXECUTE FUNCTION services_note_update();

-- Drawn at random, 60 bits: what a process remembers under a number is never found again by chance,
-- not after a rollback and not after a backup was restored.
CREATE FUNCTION services_new_version() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT ('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint
$$;

-- Before the statement, so that whoever writes to the catalogue holds the number before any row:
-- writers take turns and never wait for each other in a circle.
CREATE FUNCTION services_raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE services_catalogueversion SET number = services_new_version();
    RETURN NULL;
END $$;

DO $$
DECLARE
    changed text;
BEGIN
    FOREACH changed IN ARRAY ARRAY[
        'platform', 'category', 'qualitylabel', 'service', 'pace', 'pricegroup', 'groupdiscount']
    LOOP
        EXECUTE format(
            'CREATE TRIGGER services_%1$s_version BEFORE INSERT OR UPDATE OR DELETE'
            ' ON services_%1$s FOR EACH STATEMENT EXECUTE FUNCTION services_raise_version()',
            changed);
    END LOOP;
END $$;

INSERT INTO services_catalogueversion (number) VALUES (services_new_version());
