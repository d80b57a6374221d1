"""Drip-feeds that the panel runs itself: paid for at once, delivered run by run (ORD-04).

The order's row is the mutex: whoever begins, goes on or stops holds it, and UNIQUE(parent, run)
makes a run once whatever happens. A run begins when its time has come and the one before is over,
because providers refuse two running orders for one link. Rules: docs/plans.md, "Drip-feed".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import sweeps
from legal.terms import policy_of
from orders import lifecycle
from orders.ending.canceling import can_be_stopped, may_cancel
from orders.ending.returning import partly_undelivered, undelivered
from orders.models import (
    ACCEPTED,
    FINAL,
    RUNNING,
    UNSENT,
    DripFeed,
    Order,
    OrderEvent,
    Role,
    Status,
)
from orders.nudging import nudge
from orders.plans.asking import ask_to_stop
from orders.plans.children import delivered, make_run
from orders.plans.paying_back import pay_back

PER_SWEEP = 200


class NothingToStop(Exception):
    """No run is left to begin, or the order's terms do not let its customer stop it."""


def run_due(*, at: datetime) -> None:
    """What beat does: begins what was placed, makes the runs that are due, books what ended."""
    sweeps.each("drip-feed", _ended_by_others(), lambda one: end_after(order_id=one, at=at))
    sweeps.each("drip-feed", _placed(at=at), lambda one: begin(order_id=one, at=at))
    sweeps.each("drip-feed", _due(at=at), lambda one: start_run(order_id=one, at=at))
    sweeps.each("drip-feed", _changed(at=at), lambda one: follow(order_id=one, at=at))


def begin(*, order_id: int, at: datetime) -> bool:
    """Sets a placed drip-feed going once the time to take it back is over; its first run is due at
    once. False when it is not to begin: canceled, held, or begun already."""
    with transaction.atomic():
        parent = _locked(order_id)
        if parent.status != Status.QUEUED or parent.not_before > at:
            return False
        DripFeed.objects.create(order=parent, next_run_at=at)
        lifecycle.advance(order=parent, to=Status.IN_PROGRESS, at=at)
    return True


def start_run(*, order_id: int, at: datetime) -> Order | None:
    """Makes the next run if it is due and no other is under way; None otherwise."""
    with transaction.atomic():
        parent = _locked(order_id)
        feed = DripFeed.objects.get(order=parent)
        is_due = feed.next_run_at is not None and feed.next_run_at <= at
        if parent.status != Status.IN_PROGRESS or not is_due or _is_busy(parent):
            return None
        number = feed.runs_started + 1
        run = make_run(parent=parent, number=number, at=at)
        is_last = number >= (parent.runs or 1)
        feed.runs_started = number
        feed.next_run_at = None if is_last else at + _interval(parent)
        feed.save(update_fields=["runs_started", "next_run_at"])
        transaction.on_commit(lambda: nudge(order_id=run.pk), robust=True)
    return run


def follow(*, order_id: int, at: datetime) -> None:
    """Counts what the runs have delivered, and gives back what they certainly will not."""
    with transaction.atomic():
        parent = _locked(order_id)
        # Before the runs are read: what ends meanwhile waits for this row and is news again.
        DripFeed.objects.filter(order=parent).update(news_at=None)
        _roll_up(parent, at=at)


def may_stop(*, order: Order) -> bool:
    """Whether its customer can keep further runs from beginning: they are orders that nobody has
    been sent, so the terms for those hold (`order.customer_cancel`, REF-01, REF-09)."""
    if order.role != Role.DRIP_FEED or order.status != Status.IN_PROGRESS:
        return False
    if not DripFeed.objects.filter(order=order, next_run_at__isnull=False).exists():
        return False
    return terms_let_stop(order=order)


def terms_let_stop(*, order: Order) -> bool:
    terms = policy_of(order.publication_id).order_customer_cancel
    return terms != "never" and (terms != "service_flag" or can_be_stopped(order))


def left_micros(*, order: Order) -> int:
    """Micros that come back at once if no further run begins."""
    to_come = (order.runs or 1) - order.children.exclude(status__in=UNSENT).count()
    remains = to_come * order.quantity + sum(
        undelivered(run) for run in order.children.filter(status__in=FINAL)
    )
    return lifecycle.refund_due(order=order, remains=remains) - order.refunded_micros


def stop(*, order_id: int, customer_id: int, at: datetime) -> Order:
    """Begins no further run: what was never begun comes back at once, and the run under way is
    asked to stop if its service can. Raises NothingToStop, Order.DoesNotExist."""
    with transaction.atomic():
        mine = Order.objects.visible_to(customer_id).filter(role=Role.DRIP_FEED)
        parent = mine.select_for_update().get(pk=order_id)
        if may_cancel(order=parent, at=at):
            lifecycle.cancel_in_full(order=parent, at=at, actor_id=customer_id, reason="customer")
        elif may_stop(order=parent):
            end(parent=parent, at=at, actor_id=customer_id)
        else:
            raise NothingToStop
    return parent


def end(*, parent: Order, at: datetime, actor_id: int | None) -> None:
    """Ends the plan of a locked drip-feed; its runs are locked before its own row, as by whoever
    writes one."""
    unsent = parent.children.filter(status__in=UNSENT).order_by("pk").select_for_update()
    for run in list(unsent):
        lifecycle.cancel_in_full(order=run, at=at, actor_id=actor_id, reason="plan_stopped")
    for run in parent.children.filter(status__in=ACCEPTED):
        ask_to_stop(order=run, at=at)
    DripFeed.objects.filter(order=parent).update(next_run_at=None, news_at=None)
    detail = {"reason": "plan_stopped"}
    lifecycle.record(
        order=parent, kind=OrderEvent.Kind.PLAN, detail=detail, at=at, actor_id=actor_id
    )
    _roll_up(parent, at=at)


def end_after(*, order_id: int, at: datetime) -> None:
    """Ends the plan of an order that staff, a claim or a withdrawal has ended."""
    with transaction.atomic():
        parent = _locked(order_id)
        if parent.is_final and DripFeed.objects.get(order=parent).next_run_at is not None:
            end(parent=parent, at=at, actor_id=None)


def _roll_up(parent: Order, *, at: datetime) -> None:
    """A locked drip-feed stands as its runs do. Runs that will never begin are undelivered."""
    feed = DripFeed.objects.get(order=parent)
    runs = list(parent.children.order_by("run_number"))
    never = 0 if feed.next_run_at else (parent.runs or 1) - len(runs)
    lost = never * parent.quantity + sum(undelivered(run) for run in runs)
    _count(parent, runs, at=at)
    is_over = feed.next_run_at is None and all(run.is_final for run in runs)
    to = _end_of(parent, lost=lost) if is_over else Status.IN_PROGRESS
    if parent.status != to and lifecycle.may_become(order=parent, status=to):
        lifecycle.advance(order=parent, to=to, at=at)
    pay_back(parent, lost=lost, partly=sum(map(partly_undelivered, runs)), at=at)


def _end_of(parent: Order, *, lost: int) -> Status:
    if lost == 0:
        return Status.COMPLETED
    return Status.CANCELED if lost >= parent.units else Status.PARTIAL


def _count(parent: Order, runs: list[Order], *, at: datetime) -> None:
    before = (parent.start_count, parent.remains)
    parent.start_count = runs[0].start_count if runs else None
    parent.remains = parent.units - sum(delivered(run) for run in runs)
    if (parent.start_count, parent.remains) != before:
        parent.save(update_fields=["start_count", "remains"])
        detail = {"start_count": parent.start_count, "remains": parent.remains}
        lifecycle.record(order=parent, kind=OrderEvent.Kind.PROGRESS, detail=detail, at=at)


def _is_busy(parent: Order) -> bool:
    return parent.children.filter(status__in=RUNNING).exists()


def _interval(parent: Order) -> timedelta:
    return timedelta(minutes=parent.interval_minutes or 0)


def _locked(order_id: int) -> Order:
    rows = Order.objects.filter(role=Role.DRIP_FEED).select_related("service")
    return rows.select_for_update(of=("self",)).get(pk=order_id)


def _placed(*, at: datetime) -> list[int]:
    """Placed, not taken back, and by somebody who may still order."""
    waiting = Order.objects.filter(
        role=Role.DRIP_FEED,
        status=Status.QUEUED,
        not_before__lte=at,
        customer__is_active=True,
        customer__frozen_at=None,
    )
    return list(waiting.order_by("not_before").values_list("pk", flat=True)[:PER_SWEEP])


def _due(*, at: datetime) -> list[int]:
    """Without those that wait for a run which is under way: they must not fill the sweep."""
    due = DripFeed.objects.filter(
        next_run_at__lte=at,
        order__customer__is_active=True,
        order__customer__frozen_at=None,
    )
    under_way = Order.objects.filter(parent=OuterRef("order_id"), status__in=RUNNING)
    free = due.exclude(Exists(under_way))
    return list(free.order_by("next_run_at").values_list("order_id", flat=True)[:PER_SWEEP])


def _ended_by_others() -> list[int]:
    ended = DripFeed.objects.filter(next_run_at__isnull=False, order__status__in=FINAL)
    return list(ended.values_list("order_id", flat=True)[:PER_SWEEP])


def _changed(*, at: datetime) -> list[int]:
    changed = DripFeed.objects.filter(news_at__lte=at)
    return list(changed.order_by("news_at").values_list("order_id", flat=True)[:PER_SWEEP])
