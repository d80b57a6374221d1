"""Orders that are over for their customers while a provider is at them: each provider is asked once
to stop its order, whoever ended it (staff, a claim, two people, a deadline, its customer).

What the house bore a loss for goes to people where its service cannot be stopped; what was simply
ended is left alone there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts import sweeps
from orders.ending.paying_back import stop_children
from orders.followups import asking
from orders.models import (
    ACCEPTED,
    FINAL,
    SENT,
    UNSENT,
    FollowUp,
    Order,
    OrderQuerySet,
    Proposal,
    Role,
    Status,
)

MOST = 100
# After that the provider has delivered, or somebody has looked.
WORTHWHILE = timedelta(days=2)
_ACTS = (Proposal.Kind.SET_STATUS, Proposal.Kind.CLAIM)


def call_back(*, at: datetime) -> int:
    """Returns how many providers' orders are called back now."""
    kinds = (_absorbed(), _ended_by_people(at=at), _runs_of_ended_plans())
    return sum(_call_back_each(rows, at=at) for rows in kinds)


def stop_unsent_runs(*, at: datetime) -> None:
    """Cancels runs that came back unsent after their plan had ended; nobody sends them either."""
    left = Order.objects.filter(role=Role.RUN, status__in=UNSENT, parent__status__in=FINAL)
    plans = Order.objects.filter(pk__in=left.values("parent")).order_by("pk")
    numbers = plans.values_list("pk", flat=True)[:MOST]
    sweeps.each("plan", numbers, lambda one: _stop_runs(one, at=at))


def _stop_runs(plan_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        parent = Order.objects.select_for_update().get(pk=plan_id)
        stop_children(parent=parent, at=at, reason="plan_stopped")


def _absorbed() -> OrderQuerySet:
    """Still asked about: nothing can be called back of the others."""
    followed = _uncalled().filter(clock__next_at__isnull=False)
    return followed.filter(absorbed_micros__gt=0, settled_at=None)


def _ended_by_people(*, at: datetime) -> OrderQuerySet:
    """By the act that gave the order its end: what a provider had ended before is not meant."""
    return _stoppable().filter(
        role__in=SENT,
        status__in=(Status.PARTIAL, Status.CANCELED),
        proposals__kind__in=_ACTS,
        proposals__outcome=Proposal.Outcome.DONE,
        proposals__decided_at__gte=at - WORTHWHILE,
        proposals__decided_at=F("finished_at"),
    )


def _runs_of_ended_plans() -> OrderQuerySet:
    return _stoppable().filter(
        role=Role.RUN,
        status__in=ACCEPTED,
        clock__next_at__isnull=False,
        parent__status__in=FINAL,
    )


def _stoppable() -> OrderQuerySet:
    return _uncalled().filter(offer__can_cancel=True, offer__provider=F("provider"))


def _uncalled() -> OrderQuerySet:
    at_provider = Order.objects.filter(external_id__isnull=False)
    return at_provider.exclude(follow_ups__kind=FollowUp.Kind.CANCEL)


def _call_back_each(rows: OrderQuerySet, *, at: datetime) -> int:
    numbers = rows.order_by("pk").values_list("pk", flat=True)[:MOST]
    return sweeps.each("order", numbers, lambda one: _call_back(order_id=one, of=rows, at=at))


def _call_back(*, order_id: int, of: OrderQuerySet, at: datetime) -> bool:
    """Looks again under the order's lock: it may have been called back, or have ended there."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if not of.filter(pk=order_id).exists():
            return False
        asking.call_back(order=order, at=at)
    return True
