"""Played orders are forgotten after some days."""

from datetime import datetime, timedelta

from orders.models import SandboxOrder

KEPT = timedelta(days=7)


def forget_old(*, at: datetime) -> int:
    """Removes what is older than KEPT, with its requests; returns how many rows went."""
    removed, _each = SandboxOrder.objects.filter(created_at__lt=at - KEPT).delete()
    return removed
