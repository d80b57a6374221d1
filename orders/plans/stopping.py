"""Plans of customers whose payment a bank has reversed: what would go on by itself ends (CHB-02).

Nobody calls this when it happens: a dispute is a committed fact, and the sweep acts on it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts import sweeps
from orders.ending import suspending
from orders.models import ACCEPTED, FollowUp, Order, OrderQuerySet, Repeat, Role
from orders.plans import drip_feeds, repeats
from orders.plans.asking import ask_to_stop
from wallet import ledger
from wallet.models import Dispute


def stop_reversed(*, at: datetime) -> int:
    """Begins no further run, post or period; returns how many plans were ended. What was never
    begun comes back to the balance, where it pays what is owed."""
    return sum(
        _end_drip_feeds(orders, at=at) + _stop_subscriptions(orders, at=at) + _end_repeats(one, at)
        for one, orders in suspending.ordered_before(at=at)
    )


def _end_drip_feeds(orders: OrderQuerySet, *, at: datetime) -> int:
    going = orders.filter(role=Role.DRIP_FEED, drip_feed__next_run_at__isnull=False)
    numbers = going.values_list("pk", flat=True)
    return sweeps.each("drip-feed", numbers, lambda one: _end_drip_feed(one, at=at))


def _end_drip_feed(order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        parent = Order.objects.select_for_update().get(pk=order_id)
        if parent.is_final:
            return False
        drip_feeds.end(parent=parent, at=at, actor_id=None)
        ledger.settle_debt(customer_id=parent.customer_id, at=at)
    return True


def _stop_subscriptions(orders: OrderQuerySet, *, at: datetime) -> int:
    going = orders.filter(role=Role.SUBSCRIPTION, status__in=ACCEPTED)
    unasked = going.exclude(follow_ups__kind=FollowUp.Kind.CANCEL)
    numbers = unasked.values_list("pk", flat=True)
    return sweeps.each("subscription", numbers, lambda one: _stop_subscription(one, at=at))


def _stop_subscription(order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        return ask_to_stop(order=Order.objects.select_for_update().get(pk=order_id), at=at)


def _end_repeats(dispute: Dispute, at: datetime) -> int:
    """What was agreed to before; who may order again may agree again."""
    customer = dispute.deposit.customer
    before = Q(agreed_at__lte=dispute.formal_at) | Q(customer__is_active=False)
    going = Repeat.objects.filter(before, customer=customer, next_on__isnull=False)
    with transaction.atomic():
        locked = list(going.select_for_update(of=("self",)))
        for repeat in locked:
            repeats.end(repeat=repeat, at=at)
    return len(locked)
