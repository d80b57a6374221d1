"""The proofs behind `manage.py verify_ledger`: each finds the rows that break one invariant.

Other apps add theirs through settings.LEDGER_CHECKS, so the wallet knows nothing of orders.
Source: docs/ledger.md, "Verification".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from wallet.models import Transfer
from wallet.verification import books, lots, payments
from wallet.verification.checks import SHOWN_ROWS, Check, ComputedCheck, Proof, Row

__all__ = [
    "CHECKS",
    "SHOWN_ROWS",
    "Check",
    "ComputedCheck",
    "Finding",
    "Proof",
    "Report",
    "all_checks",
    "prove",
    "run",
    "verify",
]

CHECKS: tuple[Proof, ...] = (*books.CHECKS, *payments.CHECKS, *lots.CHECKS)


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    rows: list[Row]

    @property
    def is_ok(self) -> bool:
        return not self.rows


@dataclass(frozen=True, slots=True)
class Report:
    """What all proofs found at one moment."""

    transfers: int
    findings: list[Finding]

    @property
    def is_ok(self) -> bool:
        return all(finding.is_ok for finding in self.findings)

    def as_json(self) -> dict[str, object]:
        checks = [{"name": f.name, "ok": f.is_ok, "rows": f.rows} for f in self.findings]
        return {"ok": self.is_ok, "transfers": self.transfers, "checks": checks}


def prove() -> Report:
    """Runs every proof in one snapshot of the database, while orders go on being placed."""
    with transaction.atomic():
        # Inside somebody's transaction (a test) the moment is theirs.
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                # Long histories are folded between two statements, and nothing is locked.
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        return Report(findings=verify(), transfers=Transfer.objects.count())


def verify() -> list[Finding]:
    """Runs every proof where the caller stands. Shows at most 20 rows of each."""
    return [run(check) for check in all_checks()]


def all_checks() -> Iterable[Proof]:
    for path in settings.LEDGER_CHECKS:
        yield from import_string(path)


def run(check: Proof) -> Finding:
    return Finding(name=check.name, rows=check.offending())
