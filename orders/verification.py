"""What the books must say about orders; part of `manage.py verify_ledger`."""

from wallet.verification import Check

_BOOKED = """
    SELECT reference,
           coalesce(sum(amount_micros) FILTER (WHERE kind = 'order_charge'), 0)::bigint AS charged,
           coalesce(sum(amount_micros) FILTER (WHERE kind IN ('order_refund', 'order_absorb')), 0)
               ::bigint AS refunded,
           coalesce(sum(amount_micros) FILTER (WHERE kind = 'order_absorb'), 0)::bigint AS absorbed,
           coalesce(sum(amount_micros) FILTER (WHERE kind = 'order_recover'), 0)::bigint
               AS recovered,
           (coalesce(sum(amount_micros) FILTER (WHERE kind = 'order_revenue'), 0)
            - coalesce(sum(amount_micros) FILTER (WHERE kind = 'order_unrecognise'), 0))::bigint
               AS recognised
      FROM wallet_transfer WHERE reference LIKE 'order:%%' GROUP BY reference
"""

CHECKS = (
    Check(
        "an order's charge and refunds are in the books",
        f"""
        SELECT o.id AS order_id, o.charge_micros, coalesce(b.charged, 0) AS booked_micros,
               o.refunded_micros, coalesce(b.refunded, 0) AS booked_refund_micros,
               o.absorbed_micros, coalesce(b.absorbed, 0) AS booked_absorbed_micros,
               o.recovered_micros, coalesce(b.recovered, 0) AS booked_recovered_micros
          FROM orders_order o LEFT JOIN ({_BOOKED}) b ON b.reference = 'order:' || o.id
         WHERE o.charge_micros <> coalesce(b.charged, 0)
            OR o.refunded_micros <> coalesce(b.refunded, 0)
            OR o.absorbed_micros <> coalesce(b.absorbed, 0)
            OR o.recovered_micros <> coalesce(b.recovered, 0)
        """,
    ),
    Check(
        "escrow holds the open orders and nothing else",
        f"""
        SELECT o.id AS order_id, o.status, b.escrow AS escrow_micros
          FROM orders_order o JOIN (
              SELECT reference, charged - (refunded - absorbed) - recovered - recognised AS escrow
                FROM ({_BOOKED}) sums) b ON b.reference = 'order:' || o.id
         WHERE b.escrow
               <> CASE WHEN o.absorbed_micros > 0 AND o.settled_at IS NULL
                         OR o.status NOT IN ('completed', 'partial', 'canceled')
                       THEN o.charge_micros - o.refunded_micros + o.absorbed_micros
                            - o.recovered_micros
                       ELSE 0 END
        """,
    ),
    Check(
        "no money was taken for an order that does not exist",
        f"""
        SELECT b.reference FROM ({_BOOKED}) b
         WHERE NOT EXISTS (SELECT 1 FROM orders_order o WHERE 'order:' || o.id = b.reference)
        """,
    ),
    Check(
        "the bound on a customer's running orders is not below their number",
        """
        SELECT b.customer_id, b.at_most, count(*) AS running
          FROM orders_opencount b JOIN orders_order o ON o.customer_id = b.customer_id
         WHERE o.parent_id IS NULL AND o.status NOT IN ('completed', 'partial', 'canceled')
         GROUP BY b.customer_id, b.at_most HAVING count(*) > b.at_most
        """,
    ),
    Check(
        "every order that its provider has under way is asked about by its number",
        """
        SELECT o.id AS order_id, o.status, o.provider_id, c.external_id AS asked_id, c.next_at
          FROM orders_order o LEFT JOIN services_provider p ON p.id = o.provider_id
          LEFT JOIN orders_clock c ON c.order_id = o.id
         WHERE (o.external_id IS NOT NULL OR c.order_id IS NOT NULL)
           AND ((c.provider_id, c.external_id) IS DISTINCT FROM (o.provider_id, o.external_id)
                OR c.next_at IS NULL AND NOT p.is_manual
                   AND (o.status IN ('pending', 'in_progress', 'processing')
                        OR o.absorbed_micros > 0 AND o.settled_at IS NULL))
        """,
    ),
    Check(
        "what is due back has come back",
        """
        SELECT id AS order_id, due_micros, refunded_micros FROM orders_order
         WHERE due_micros <> refunded_micros
        """,
    ),
    Check(
        "a canceled order gave its whole charge back where its terms say so",
        """
        SELECT o.id AS order_id, o.charge_micros, o.refunded_micros
          FROM orders_order o JOIN legal_publication p ON p.id = o.publication_id
         WHERE o.status = 'canceled' AND p.policy ->> 'order.cancel_refund' = 'full'
           AND o.refunded_micros <> o.charge_micros
           AND NOT EXISTS (SELECT 1 FROM orders_orderevent e
                            WHERE e.order_id = o.id AND e.detail ->> 'reason' = 'no_refund')
           -- Stopped by its customer after its start, and sold without a refund then (CAT-06).
           AND NOT EXISTS (SELECT 1 FROM orders_followup f
                            WHERE f.order_id = o.id AND f.gives_up_refund
                              AND f.state IN ('sent', 'uncertain', 'done'))
           -- A duplicate that was taken without compensation: staff decide (ORD-10).
           AND NOT (o.duplicate_accepted AND EXISTS
                   (SELECT 1 FROM orders_claim c WHERE c.order_id = o.id AND c.kind = 'partial'))
        """,
    ),
)
