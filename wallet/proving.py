"""The nightly proof of the books: what does not agree is a case for people, with the rows."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from accounts import cases
from accounts.models import Case
from wallet import verification

logger = logging.getLogger(__name__)

KEY = "ledger"


def run(*, at: datetime) -> verification.Report:
    """Proves everything in one snapshot, and opens one case while something does not agree."""
    report = verification.prove()
    if not report.is_ok:
        broken = [finding for finding in report.findings if not finding.is_ok]
        logger.error("the books do not agree: %s", "; ".join(each.name for each in broken))
        cases.raise_case(
            kind=Case.Kind.BOOKS,
            key=KEY,
            detail=json.dumps({each.name: each.rows for each in broken}, default=str, indent=1),
            at=at,
        )
    return report
