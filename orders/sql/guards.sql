-- What was ordered is what is delivered: nobody edits it afterwards (ORD-07), and an order,
-- like its story, is never deleted.
CREATE FUNCTION orders_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.customer_id, NEW.service_id, NEW.publication_id, NEW.link, NEW.link_key, NEW.quantity,
        NEW.parameters, NEW.snapshot, NEW.rate_micros, NEW.charge_micros, NEW.created_at)
       IS DISTINCT FROM
       (OLD.customer_id, OLD.service_id, OLD.publication_id, OLD.link, OLD.link_key, OLD.quantity,
        OLD.parameters, OLD.snapshot, OLD.rate_micros, OLD.charge_micros, OLD.created_at) THEN
        RAISE EXCEPTION 'an order keeps what was ordered' USING ERRCODE = 'OR003';
    END IF;
    IF NEW.due_micros < OLD.due_micros OR NEW.refunded_micros < OLD.refunded_micros THEN
        RAISE EXCEPTION 'a refund is never taken back' USING ERRCODE = 'OR003';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_order_guard BEFORE UPDATE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION orders_guard_order();
CREATE TRIGGER orders_order_no_delete BEFORE DELETE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER orders_order_no_truncate BEFORE TRUNCATE ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER orders_orderevent_append_only BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER orders_orderevent_no_truncate BEFORE TRUNCATE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
