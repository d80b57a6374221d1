"""What is under way for a customer; read by the wallet through settings.WALLET_ESCROW_OF."""

from __future__ import annotations

from django.db.models import F, Sum

from orders.models import RUNNING, Order


def escrow_micros(*, customer_id: int) -> int:
    """Micros that the customer's running orders hold: charged, not returned, not yet delivered."""
    running = Order.objects.visible_to(customer_id).filter(status__in=RUNNING)
    held = running.aggregate(held=Sum(F("charge_micros") - F("refunded_micros")))["held"]
    return held or 0
