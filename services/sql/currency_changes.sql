-- A provider's currency is what all its costs are multiplied by. Whoever changes it under services,
-- their prices wait until a person has seen what it does; put back, there is nothing to look at.
CREATE FUNCTION services_note_currency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM services_currencychange
     WHERE provider_id = NEW.id AND upper(before) = upper(NEW.currency);
    IF NOT FOUND AND EXISTS (
        SELECT 1 FROM services_service s
          JOIN services_providerservice o ON o.id = s.provider_service_id
         WHERE o.provider_id = NEW.id) THEN
        INSERT INTO services_currencychange (provider_id, before, at)
        VALUES (NEW.id, upper(OLD.currency), now())
            ON CONFLICT (provider_id) DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER services_provider_currency AFTER UPDATE ON services_provider
    FOR EACH ROW WHEN (upper(NEW.currency) <> upper(OLD.currency))
    EXECUTE FUNCTION services_note_currency();
