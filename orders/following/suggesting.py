"""Refunds that the terms leave to staff: a claim with the sum that the report speaks for (REF-06).

Opened by nobody, with the clock of every claim; `orders.ending` decides it (docs/claims.md). While
it is open, a later report of less delivered raises the sum; after a decision only one of less than
was decided about opens another.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from orders.ending.claims import REVIEW_TIME
from orders.ending.claims import record as record_claim
from orders.models import Claim, Order


def suggest(*, order: Order, due_micros: int, at: datetime) -> bool:
    """Brings what is suggested for a locked order up to `due_micros`; False when it is no more than
    was suggested before or has come back already."""
    known = order.claims.filter(kind=Claim.Kind.PARTIAL).aggregate(most=Max("suggested_micros"))
    if due_micros <= max(known["most"] or 0, order.refunded_micros):
        return False
    claim = order.claims.filter(state=Claim.State.OPEN).select_for_update().first()
    if claim is None:
        _open(order, due_micros, at)
    elif due_micros > (claim.suggested_micros or 0):
        claim.suggested_micros = due_micros
        claim.save(update_fields=["suggested_micros"])
    return True


def _open(order: Order, due_micros: int, at: datetime) -> None:
    claim = order.claims.create(
        kind=Claim.Kind.PARTIAL,
        opened_by=None,
        opened_at=at,
        due_at=at + REVIEW_TIME,
        suggested_micros=due_micros,
    )
    record_claim(order, claim, by=None, at=at)
