"""What beat looks for: orders to hand out, attempts whose worker is gone, orders without one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import cases, sweeps, switches
from accounts.models import Case, KillSwitch
from orders.models import Order, Submission
from orders.sending.doubts import doubt


def sweep_expired_leases(*, at: datetime) -> int:
    """Calls attempts uncertain whose worker is gone; returns how many. Never queues one again."""
    expired = dict(Submission.objects.expired(at=at).values_list("pk", "order_id"))
    return sweeps.each("submission", expired, lambda one: _sweep(one, expired[one], at=at))


def _sweep(submission_id: int, order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        expired = Submission.objects.expired(at=at).select_for_update()
        submission = expired.filter(pk=submission_id).first()
        if submission is not None:
            doubt(order=order, submission=submission, reason="the worker was lost", at=at)
    return submission is not None


def due_orders(*, at: datetime, most_per_provider: int) -> list[int]:
    """Numbers of the orders to hand out now, fairly among providers; none while switched off."""
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return []
    due = Order.objects.due_for_forwarding(at=at).fairly(most=most_per_provider)
    return list(due.order_by("not_before").values_list("pk", flat=True))


def ask_about_unsendable(*, at: datetime) -> None:
    """An order whose service lost its provider waits for staff, not silently."""
    for order in Order.objects.without_provider()[:100]:
        cases.raise_case(
            kind=Case.Kind.ORDER_REVIEW,
            key=order.reference,
            detail="no provider sells this service any more",
            at=at,
        )
