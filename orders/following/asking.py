"""Staff ask a provider about an order now instead of at its next turn."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.acts import log_act
from accounts.models import User
from orders.models import ACCEPTED, Order


def ask_now(*, order_id: int, actor: User, at: datetime, ip: str | None = None) -> bool:
    """Puts a running order at the head of its provider's next round; returns whether it has one.

    Only the clock is moved: the report is read and booked as every other (docs/following.md).
    """
    with transaction.atomic():
        running = Order.objects.filter(pk=order_id, status__in=ACCEPTED, external_id__isnull=False)
        running = running.exclude(provider__is_manual=True)
        moved = bool(running.update(next_poll_at=at))
        if moved:
            log_act(actor=actor, act="ask about order", target=f"order:{order_id}", ip=ip)
    return moved
