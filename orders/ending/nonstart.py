"""Orders that did not start in time, under terms that pay them back without being asked
(`order.nonstart_auto`, DEL-04). What is just being sent, or uncertain, is left to those who find
out what became of its sending."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import sweeps
from legal.models import Publication
from legal.terms import policy_of
from orders.ending.claim_rules import has_started, nonstart_deadline
from orders.ending.paying_back import end_in_full
from orders.models import ASKED_FOR, UNSENT, Order, OrderQuerySet, Role, Status

REASON = "nonstart"
MOST = 500
_WAITING = (*UNSENT, Status.PENDING)


def refund_unstarted(*, at: datetime) -> int:
    """Pays back in full what has not started by its deadline; returns how many orders."""
    found = [number for one in Publication.objects.all() for number in _due(one.pk, at)]
    return sweeps.each("order", found[:MOST], lambda one: _refund(one, at=at))


def _due(publication_id: int, at: datetime) -> list[int]:
    policy = policy_of(publication_id)
    if not policy.order_nonstart_auto:
        return []
    before = at - timedelta(days=policy.order_nonstart_days)
    late = _unstarted().filter(publication=publication_id, created_at__lte=before)
    return list(late.order_by("pk").values_list("pk", flat=True)[:MOST])


def _unstarted() -> OrderQuerySet:
    """A subscription waits for posts, so that it does not start is no fault of the delivery."""
    roles = [role for role in ASKED_FOR if role != Role.SUBSCRIPTION]
    return Order.objects.filter(status__in=_WAITING, role__in=roles, started_at=None)


def _refund(order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status not in _WAITING or has_started(order) or at < nonstart_deadline(order):
            return False
        end_in_full(order=order, at=at, actor_id=None, reason=REASON)
    return True
