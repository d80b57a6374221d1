-- What was ordered is what is delivered: nobody edits it afterwards (ORD-07), and an order,
-- like its story, is never deleted.
CREATE OR REPLACE FUNCTION orders_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.customer_id, NEW.service_id, NEW.publication_id, NEW.link, NEW.link_key, NEW.quantity,
        NEW.runs, NEW.interval_minutes, NEW.role, NEW.parent_id, NEW.run_number,
        NEW.parameters, NEW.snapshot, NEW.rate_micros, NEW.charge_micros, NEW.created_at)
       IS DISTINCT FROM
       (OLD.customer_id, OLD.service_id, OLD.publication_id, OLD.link, OLD.link_key, OLD.quantity,
        OLD.runs, OLD.interval_minutes, OLD.role, OLD.parent_id, OLD.run_number,
        OLD.parameters, OLD.snapshot, OLD.rate_micros, OLD.charge_micros, OLD.created_at) THEN
        RAISE EXCEPTION 'an order keeps what was ordered' USING ERRCODE = 'OR003';
    END IF;
    IF NEW.due_micros < OLD.due_micros OR NEW.refunded_micros < OLD.refunded_micros THEN
        RAISE EXCEPTION 'a refund is never taken back' USING ERRCODE = 'OR003';
    END IF;
    RETURN NEW;
END $$;
