"""Staff ask a provider about an order now instead of at its next turn."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.acts import log_act
from accounts.models import User
from orders.models import ACCEPTED, Clock


def ask_now(*, order_id: int, actor: User, at: datetime, ip: str | None = None) -> bool:
    """Puts a running order at the head of its provider's next round; returns whether it has one.

    Only the clock is moved: the report is read and booked as every other (docs/following.md).
    """
    with transaction.atomic():
        asked = Clock.objects.filter(pk=order_id, next_at__isnull=False)
        moved = bool(asked.filter(order__status__in=ACCEPTED).update(next_at=at))
        if moved:
            log_act(actor=actor, act="ask about order", target=f"order:{order_id}", ip=ip)
    return moved
