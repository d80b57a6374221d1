"""What the accounts and transfers must say by themselves."""

from __future__ import annotations

from wallet.verification.checks import Check

_MOVED = """
    SELECT account_id, sum(amount)::bigint AS moved FROM (
        SELECT credit_account_id AS account_id, amount_micros AS amount FROM wallet_transfer
        UNION ALL SELECT debit_account_id, -amount_micros FROM wallet_transfer) legs
    GROUP BY account_id
"""

CHECKS = (
    Check(
        "all accounts sum to zero",
        f"""
        SELECT sum(balance)::bigint AS difference_micros FROM (
            SELECT CASE WHEN a.kind = 'debt' THEN -1 ELSE 1 END * a.balance_micros AS balance
              FROM wallet_account a WHERE a.owner_id IS NOT NULL
            UNION ALL
            SELECT m.moved FROM ({_MOVED}) m JOIN wallet_account a ON a.id = m.account_id
             WHERE a.owner_id IS NULL) balances
        HAVING sum(balance) <> 0
        """,
    ),
    Check(
        "a balance is the sum of its transfers",
        f"""
        SELECT a.id AS account_id, a.balance_micros, coalesce(m.moved, 0) AS moved_micros
          FROM wallet_account a LEFT JOIN ({_MOVED}) m ON m.account_id = a.id
         WHERE a.owner_id IS NOT NULL
           AND a.balance_micros
               <> CASE WHEN a.kind = 'debt' THEN -1 ELSE 1 END * coalesce(m.moved, 0)
        """,
    ),
    Check(
        "no statement ever falls below zero",
        """
        SELECT account_id, transfer_id, balance_micros FROM (
            SELECT a.id AS account_id, legs.id AS transfer_id,
                   sum(legs.amount * CASE WHEN a.kind = 'debt' THEN -1 ELSE 1 END)
                       OVER (PARTITION BY a.id ORDER BY legs.id)::bigint AS balance_micros
              FROM wallet_account a JOIN (
                   SELECT id, credit_account_id AS account_id, amount_micros AS amount
                     FROM wallet_transfer
                   UNION ALL
                   SELECT id, debit_account_id, -amount_micros FROM wallet_transfer) legs
                ON legs.account_id = a.id
             WHERE a.owner_id IS NOT NULL) statement
         WHERE balance_micros < 0
        """,
    ),
    Check(
        "no order holds less than nothing",
        """
        SELECT t.reference, sum(CASE WHEN t.credit_account_id = a.id THEN t.amount_micros
                                     ELSE -t.amount_micros END)::bigint AS escrow_micros
          FROM wallet_transfer t JOIN wallet_account a
            ON a.kind = 'escrow' AND a.id IN (t.debit_account_id, t.credit_account_id)
         GROUP BY t.reference
        HAVING sum(CASE WHEN t.credit_account_id = a.id THEN t.amount_micros
                        ELSE -t.amount_micros END) < 0
        """,
    ),
    Check(
        "what a payment credited is what its top-up says",
        """
        SELECT d.id AS deposit_id, d.amount_micros, t.amount_micros AS credited_micros
          FROM wallet_deposit d
          LEFT JOIN wallet_transfer t ON t.key = 'deposit:' || d.id || ':credit'
         WHERE (d.state = 'paid') <> (t.id IS NOT NULL) OR d.amount_micros <> t.amount_micros
        """,
    ),
)
