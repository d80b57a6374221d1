-- Every line of an order's story that a customer's server wants to hear of becomes a message to it,
-- in the transaction that wrote the line: whoever wrote it and however, exactly once, and nothing
-- is lost with a worker (docs/webhooks.md). The body is made later of the facts kept here.
--
-- Deferred to the end of the transaction: the order is then as it is committed, whichever of its
-- columns was written after the line. Placing an order pays nothing. What customers read as the same
-- word (held, queued, submitting, uncertain, pending) is no change, and what the panel asks for by
-- itself is not theirs.

CREATE OR REPLACE FUNCTION orders_emit_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    IF (CASE NEW.kind
        WHEN 'status' THEN NOT (
            NEW.detail->>'from' IN ('held', 'queued', 'submitting', 'uncertain', 'pending')
            AND NEW.detail->>'to' IN ('held', 'queued', 'submitting', 'uncertain', 'pending'))
        WHEN 'plan' THEN NEW.detail->>'reason' = 'subscription_paused'
        WHEN 'follow_up' THEN NEW.detail->>'follow_up' IN ('refill', 'cancel')
            AND NEW.detail->>'state' IN ('sent', 'done', 'declined', 'expired')
            AND NEW.detail->>'by_itself' IS NULL
        ELSE NEW.kind IN ('refunded', 'progress') END) IS NOT TRUE
    THEN
        RETURN NULL;
    END IF;
    -- Most customers have none: that much is found out before anything is put together.
    PERFORM 1 FROM orders_webhookendpoint e
      WHERE e.customer_id = (SELECT o.customer_id FROM orders_order o WHERE o.id = NEW.order_id)
        AND e.disabled_at IS NULL LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    said := CASE NEW.kind
        WHEN 'status' THEN 'order.status_changed'
        WHEN 'plan' THEN 'order.status_changed'
        WHEN 'refunded' THEN 'order.refunded'
        WHEN 'progress' THEN 'order.progressed'
        ELSE (NEW.detail->>'follow_up') || '.status_changed' END;
    INSERT INTO orders_webhookmessage (
        endpoint_id, type, sequence, facts, occurred_at, next_attempt_at)
    SELECT e.id, said, NEW.id, jsonb_strip_nulls(jsonb_build_object(
               'id', o.id, 'service_id', o.service_id, 'role', o.role, 'parent_id', o.parent_id,
               'status', o.status, 'quantity', o.quantity, 'runs', o.runs,
               'charge_micros', o.charge_micros, 'refunded_micros', o.refunded_micros,
               'start_count', o.start_count, 'remains', o.remains,
               'amount_micros', NEW.detail->'amount_micros',
               'plan', CASE WHEN o.role = 'subscription' AND o.external_id IS NOT NULL THEN
                   (SELECT s.state FROM orders_subscription s WHERE s.order_id = o.id) END,
               'request', CASE WHEN NEW.kind = 'follow_up' THEN
                   (SELECT max(f.id) FROM orders_followup f
                     WHERE f.order_id = o.id AND f.kind = NEW.detail->>'follow_up'
                       AND f.asked_by_id IS NOT NULL) END,
               'state', NEW.detail->'state')),
           NEW.at, NEW.at
      FROM orders_order o
      JOIN orders_webhookendpoint e ON e.customer_id = o.customer_id
     WHERE o.id = NEW.order_id AND e.disabled_at IS NULL AND said = ANY (e.types)
     ORDER BY e.id
       FOR KEY SHARE OF e; -- One that is deleted meanwhile is not written to.
    RETURN NULL;
END $$;

-- What this asks is made ready anew for each statement that writes a line: so it asks one thing, for
-- the one line that every order has and no server hears of.
DROP TRIGGER IF EXISTS orders_orderevent_emit ON orders_orderevent;
CREATE CONSTRAINT TRIGGER orders_orderevent_emit AFTER INSERT ON orders_orderevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind <> 'placed') EXECUTE FUNCTION orders_emit_webhooks();
