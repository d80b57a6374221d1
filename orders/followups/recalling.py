"""Orders that were paid back at the house's own loss while a provider has them: each provider is
asked once to stop its order, whoever paid it back (a claim, a deadline, its customer)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from orders.followups import asking
from orders.models import FollowUp, Order, OrderQuerySet

MOST = 100


def call_back_absorbed(*, at: datetime) -> int:
    """Returns how many providers' orders are called back now."""
    numbers = list(_absorbed().order_by("pk").values_list("pk", flat=True)[:MOST])
    return sum(_call_back(order_id=number, at=at) for number in numbers)


def _absorbed() -> OrderQuerySet:
    """Still followed, so that the index of what is polled finds them."""
    followed = Order.objects.filter(next_poll_at__isnull=False, external_id__isnull=False)
    owed = followed.filter(absorbed_micros__gt=0, settled_at=None)
    return owed.exclude(follow_ups__kind=FollowUp.Kind.CANCEL)


def _call_back(*, order_id: int, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        is_asked = order.follow_ups.filter(kind=FollowUp.Kind.CANCEL).exists()
        if is_asked or not order.is_owed_to_the_house:
            return False
        asking.call_back(order=order, at=at)
    return True
