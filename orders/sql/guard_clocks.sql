-- No order is forgotten: what a provider has is asked about until its end (docs/following.md).
--
-- Whoever writes down the provider's number of an order, and however, starts its clock with the same
-- statement. The first check comes ten seconds after the acceptance; about our own work nobody is
-- asked. A clock is never deleted, and has a next check as long as its order is under way or the house
-- waits for its money back.
CREATE OR REPLACE FUNCTION orders_start_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_clock (order_id, provider_id, external_id, next_at)
    SELECT NEW.id, p.id, NEW.external_id,
           CASE WHEN NOT p.is_manual THEN coalesce(NEW.sent_at, now()) + interval '10 seconds' END
      FROM services_provider p WHERE p.id = NEW.provider_id
    ON CONFLICT (order_id) DO UPDATE
       SET provider_id = EXCLUDED.provider_id, external_id = EXCLUDED.external_id,
           next_at = EXCLUDED.next_at
     WHERE (orders_clock.provider_id, orders_clock.external_id)
           <> (EXCLUDED.provider_id, EXCLUDED.external_id);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM orders_order o JOIN services_provider p ON p.id = o.provider_id
                WHERE o.id = NEW.order_id AND NOT p.is_manual
                  AND (o.status IN ('pending', 'in_progress', 'processing')
                       OR o.absorbed_micros > 0 AND o.settled_at IS NULL)) THEN
        RAISE EXCEPTION 'order % is under way and would not be asked about', NEW.order_id
            USING ERRCODE = 'OR008';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_order_clock AFTER INSERT OR UPDATE OF provider_id, external_id ON orders_order
    FOR EACH ROW WHEN (NEW.external_id IS NOT NULL) EXECUTE FUNCTION orders_start_clock();
CREATE TRIGGER orders_clock_guard BEFORE UPDATE OF next_at ON orders_clock
    FOR EACH ROW WHEN (NEW.next_at IS NULL) EXECUTE FUNCTION orders_guard_clock();
CREATE TRIGGER orders_clock_no_delete BEFORE DELETE ON orders_clock
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER orders_clock_no_truncate BEFORE TRUNCATE ON orders_clock
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
