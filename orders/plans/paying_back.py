"""What comes back of a plan's charge: a target, as every refund (docs/ledger.md, "Unit")."""

from __future__ import annotations

from datetime import datetime

from legal.terms import policy_of
from orders import lifecycle
from orders.following.suggesting import suggest
from orders.models import Order


def pay_back(parent: Order, *, lost: int, partly: int, at: datetime) -> None:
    """Brings the refund of a locked plan up to `lost` units. `partly` of them are missing from
    runs or posts that delivered something: where the terms leave that to staff, it becomes a claim
    instead (`order.partial_refund`, REF-06)."""
    is_manual = policy_of(parent.publication_id).order_partial_refund == "manual"
    certain = lost - partly if is_manual else lost
    due_micros = lifecycle.refund_due(order=parent, remains=certain)
    lifecycle.book(order=parent, due_micros=max(due_micros, parent.due_micros), at=at)
    if certain < lost:
        suggest(order=parent, due_micros=lifecycle.refund_due(order=parent, remains=lost), at=at)
