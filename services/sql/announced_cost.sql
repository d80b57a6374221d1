-- A cost that is stored, by a price list that was applied or by a person's hand, is the last word:
-- what was announced before it is not guarded against any more.
CREATE FUNCTION services_forget_announcement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.announced_cost_micros := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER services_providerservice_announced BEFORE UPDATE ON services_providerservice
    FOR EACH ROW WHEN (NEW.cost_micros IS DISTINCT FROM OLD.cost_micros)
    EXECUTE FUNCTION services_forget_announcement();
