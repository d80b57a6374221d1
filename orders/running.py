"""What is under way for a customer, and what is over for good; read by the wallet through
settings.WALLET_ESCROW_OF and settings.WALLET_FINAL_AMONG."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, Sum

from legal.terms import policy_of
from orders.models import FINAL, RUNNING, Order

_PREFIX = "order:"


def escrow_micros(*, customer_id: int) -> int:
    """Micros that the customer's running orders hold: charged, not returned, not yet delivered."""
    running = Order.objects.visible_to(customer_id).filter(status__in=RUNNING)
    held = running.aggregate(held=Sum(F("charge_micros") - F("refunded_micros")))["held"]
    return held or 0


def final_among(references: Iterable[str], *, at: datetime) -> set[str]:
    """Those of "order:17", … that no provider's report can change any more: finished for longer
    than their own terms accept late refunds (`order.accept_late_refunds_days`)."""
    numbers = [int(name.removeprefix(_PREFIX)) for name in references if name.startswith(_PREFIX)]
    finished = Order.objects.filter(pk__in=numbers, status__in=FINAL, finished_at__isnull=False)
    return {
        f"{_PREFIX}{pk}"
        for pk, finished_at, publication_id in finished.values_list(
            "pk", "finished_at", "publication_id"
        )
        if finished_at and finished_at + _late(publication_id) < at
    }


def _late(publication_id: int) -> timedelta:
    return timedelta(days=policy_of(publication_id).order_accept_late_refunds_days)
