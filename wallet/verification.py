"""The proofs behind `manage.py verify_ledger`: each finds the rows that break one invariant.

Other apps add theirs through settings.LEDGER_CHECKS, so the wallet knows nothing of orders.
Source: docs/ledger.md, "Verification".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

SHOWN_ROWS = 20


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` selects the offending rows; none means that the invariant holds."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    rows: list[dict[str, object]]

    @property
    def is_ok(self) -> bool:
        return not self.rows


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


def all_checks() -> Iterable[Check]:
    for path in settings.LEDGER_CHECKS:
        yield from import_string(path)


def verify() -> list[Finding]:
    """Runs every check in one snapshot of the database. Shows at most 20 rows of each."""
    return [run(check) for check in all_checks()]


def run(check: Check) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({check.sql}) offending LIMIT %s", [SHOWN_ROWS])
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Finding(name=check.name, rows=rows)
