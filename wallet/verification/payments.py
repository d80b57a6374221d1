"""What the books must say about top-ups, payouts, disputes, holds and debt."""

from __future__ import annotations

from wallet.verification.checks import Check

# What each cause did to the customers' accounts of one kind, signed as the customer has it.
_BY_CAUSE = """
    SELECT reference, sum(amount_micros)::bigint AS micros FROM (
        SELECT t.reference, t.amount_micros FROM wallet_transfer t
          JOIN wallet_account a ON a.id = t.credit_account_id WHERE a.kind = '{kind}'
        UNION ALL
        SELECT t.reference, -t.amount_micros FROM wallet_transfer t
          JOIN wallet_account a ON a.id = t.debit_account_id WHERE a.kind = '{kind}') legs
    GROUP BY reference
"""
_CASH_HELD, _BONUS_HELD, _DEBTS = (
    _BY_CAUSE.format(kind=kind) for kind in ("cash_hold", "bonus_hold", "debt")
)
# What was moved for each cause and given back again, by kind of transfer.
_MOVED = """
    SELECT reference, sum(amount_micros) FILTER (WHERE kind IN ({out}))::bigint AS out_micros,
           coalesce(sum(amount_micros) FILTER (WHERE kind IN ({back})), 0)::bigint AS back_micros
      FROM wallet_transfer WHERE reference LIKE '{cause}:%%' GROUP BY reference
"""
_PAYOUTS = _MOVED.format(
    out="'withdrawal', 'withdrawal_fee', 'bonus_clawback'",
    back="'withdrawal_return'",
    cause="payout",
)
_REFUNDS = _MOVED.format(out="'withdrawal'", back="'withdrawal_return'", cause="refund")
_DISPUTES = _MOVED.format(out="'dispute'", back="'dispute_return'", cause="dispute")

CHECKS = (
    Check(
        "what is on hold waits for something that is open",
        f"""
        SELECT held.reference, held.pot, held.micros AS held_micros
          FROM (SELECT 'cash' AS pot, * FROM ({_CASH_HELD}) c
                UNION ALL SELECT 'bonus', * FROM ({_BONUS_HELD}) b) held
          LEFT JOIN wallet_payout p
                 ON held.reference = 'payout:' || p.id
                AND p.state IN ('held', 'approved', 'sending')
          LEFT JOIN wallet_dispute d
                 ON held.reference = 'dispute:' || d.id AND d.state IN ('inquiry', 'formal')
          LEFT JOIN wallet_fraudwarning w
                 ON held.reference = 'warning:' || w.id AND w.resolved_at IS NULL
         WHERE held.micros < 0
            OR (held.micros > 0 AND p.id IS NULL AND d.id IS NULL AND w.id IS NULL)
        """,
    ),
    Check(
        "a payout that waits has its money on hold",
        f"""
        SELECT p.id AS payout_id, p.amount_micros, coalesce(c.micros, 0) AS cash_held_micros,
               p.bonus_micros, coalesce(b.micros, 0) AS bonus_held_micros
          FROM wallet_payout p
          LEFT JOIN ({_CASH_HELD}) c ON c.reference = 'payout:' || p.id
          LEFT JOIN ({_BONUS_HELD}) b ON b.reference = 'payout:' || p.id
         WHERE p.state IN ('held', 'approved', 'sending')
           AND (p.amount_micros, p.bonus_micros)
               <> (coalesce(c.micros, 0), coalesce(b.micros, 0))
        """,
    ),
    Check(
        "what was paid back is what the payouts say",
        f"""
        SELECT coalesce('payout:' || p.id, moved.reference) AS reference, p.state, p.amount_micros,
               moved.out_micros - moved.back_micros AS paid_micros
          FROM wallet_payout p
          FULL JOIN ({_PAYOUTS}) moved ON moved.reference = 'payout:' || p.id
         WHERE coalesce(moved.out_micros - moved.back_micros, 0)
               <> CASE WHEN p.state IN ('sent', 'succeeded') THEN p.amount_micros ELSE 0 END
        """,
    ),
    Check(
        "what was refunded at a gateway has left the books",
        f"""
        SELECT coalesce('refund:' || r.id, moved.reference) AS reference, r.state, r.amount_micros,
               moved.out_micros - moved.back_micros AS taken_micros
          FROM wallet_foreignrefund r
          FULL JOIN ({_REFUNDS}) moved ON moved.reference = 'refund:' || r.id
         WHERE coalesce(moved.out_micros - moved.back_micros, 0)
               <> CASE WHEN r.state IN ('sent', 'succeeded') THEN r.amount_micros ELSE 0 END
        """,
    ),
    Check(
        "what a dispute took is what its row says",
        f"""
        SELECT coalesce('dispute:' || d.id, moved.reference) AS reference, d.taken_micros,
               moved.out_micros - moved.back_micros AS booked_micros
          FROM wallet_dispute d
          FULL JOIN ({_DISPUTES}) moved ON moved.reference = 'dispute:' || d.id
         WHERE coalesce(moved.out_micros - moved.back_micros, 0) <> coalesce(d.taken_micros, 0)
        """,
    ),
    Check(
        "debt belongs to a reversed payment, and none of it is paid twice",
        f"""
        SELECT debts.reference, -debts.micros AS owed_micros FROM ({_DEBTS}) debts
         WHERE debts.micros > 0
            OR (debts.micros < 0
                AND NOT EXISTS (SELECT 1 FROM wallet_dispute d
                                 WHERE debts.reference = 'dispute:' || d.id)
                AND NOT EXISTS (SELECT 1 FROM wallet_foreignrefund r
                                 WHERE debts.reference = 'refund:' || r.id))
        """,
    ),
    Check(
        "the fee of a top-up is booked as its gateway told it",
        """
        SELECT d.id AS deposit_id, d.fee_micros, t.amount_micros AS booked_micros
          FROM wallet_deposit d
          LEFT JOIN wallet_transfer t ON t.key = 'deposit:' || d.id || ':gateway_fee'
         WHERE coalesce(d.fee_micros, 0) <> coalesce(t.amount_micros, 0)
        """,
    ),
)
