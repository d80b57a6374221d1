"""Where a played order stands, from the time alone: no worker, no row that changes. Pure.

The result is an Order that is never saved, so that whoever shows orders shows these alike, and
the arithmetic of refunds is the real one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from orders.lifecycle import refund_due
from orders.models import (
    FollowUp,
    Order,
    Role,
    SandboxOrder,
    SandboxRequest,
    Status,
    Subscription,
)
from orders.sandbox import courses
from orders.sandbox.courses import COURSES, Course
from services import parameters

Kind, State = FollowUp.Kind, FollowUp.State
_STARTS_AT = 1000


def order_at(row: SandboxOrder, *, requests: Iterable[SandboxRequest], at: datetime) -> Order:
    """The order as it stands then. Its refunds and counts follow its course, or the cancel that
    was granted before the end of it."""
    course = COURSES[row.course]
    cancel = _deciding_cancel(row, requests, course)
    ends_at = cancel.ends_at if cancel else row.created_at + course.ends_after
    order = _as_placed(row)
    _pass_on(order, course, at=min(at, ends_at))
    if at >= ends_at:
        _end(order, course, cancel)
        order.finished_at = ends_at
    return order


def follow_up_at(request: SandboxRequest, *, at: datetime) -> FollowUp:
    """The request as it stands then, as a FollowUp that is never saved."""
    is_over = at >= request.ends_at
    ended = State.DONE if request.is_granted else State.DECLINED
    is_sent = at >= request.asked_at + (request.ends_at - request.asked_at) / 2
    return FollowUp(
        pk=request.pk,
        order_id=request.order_id,
        kind=request.kind,
        state=ended if is_over else State.SENT if is_sent else State.ASKED,
        asked_at=request.asked_at,
        ended_at=request.ends_at if is_over else None,
        gives_up_refund=request.gives_up_refund,
    )


def plan_of(order: Order) -> Subscription | None:
    """How the subscription stands that a played order is; None for any other order."""
    if order.role != Role.SUBSCRIPTION:
        return None
    values = order.parameters
    ends = {Status.COMPLETED: Subscription.State.COMPLETED}
    stopped = Subscription.State.CANCELED if order.is_final else Subscription.State.ACTIVE
    return Subscription(
        posts=values.get("posts"),
        expires_on=parameters.day_of(values.get("expiry")),
        state=ends.get(Status(order.status), stopped),
    )


def _as_placed(row: SandboxOrder) -> Order:
    return Order(
        pk=row.pk,
        customer_id=row.customer_id,
        service_id=row.service_id,
        publication_id=row.publication_id,
        role=row.role,
        channel=Order.Channel.API,
        idempotency_key=row.idempotency_key,
        request_hash=row.request_hash,
        link=row.link,
        link_key=row.link_key,
        quantity=row.quantity,
        runs=row.runs,
        interval_minutes=row.interval_minutes,
        parameters=row.parameters,
        snapshot=row.snapshot,
        rate_micros=row.rate_micros,
        charge_micros=row.charge_micros,
        duplicate_accepted=row.duplicate_accepted,
        status=Status.QUEUED,
        not_before=row.created_at,
        confirmed_at=row.created_at,
        created_at=row.created_at,
    )


def _pass_on(order: Order, course: Course, *, at: datetime) -> None:
    sent_at = order.created_at + courses.PASSED_ON_AFTER
    if at < sent_at:
        return
    order.status, order.sent_at, order.external_id = Status.PENDING, sent_at, str(order.pk)
    begins_at = order.created_at + course.begins_after
    if at < begins_at:
        return
    order.status, order.started_at = course.under_way, begins_at
    order.start_count = _STARTS_AT + order.pk % _STARTS_AT
    order.remains = order.units - _delivered(order, course, since=at - begins_at)


def _delivered(order: Order, course: Course, *, since: timedelta) -> int:
    """What is there while it is under way: all that the course delivers, bit by bit."""
    whole = course.ends_after - course.begins_after
    most = order.units - courses.share_of(units=order.units, thirds=course.undelivered_thirds)
    return most * int(since.total_seconds()) // int(whole.total_seconds())


def _end(order: Order, course: Course, cancel: SandboxRequest | None) -> None:
    if cancel is None:
        order.status = course.end
        order.remains = courses.share_of(units=order.units, thirds=course.undelivered_thirds)
    else:
        order.remains = order.units if order.remains is None else order.remains
        order.status = Status.CANCELED if order.remains == order.units else Status.PARTIAL
    if order.status != Status.COMPLETED and not (cancel and cancel.gives_up_refund):
        order.due_micros = refund_due(order=order, remains=order.remains)
        order.refunded_micros = order.due_micros


def _deciding_cancel(
    row: SandboxOrder, requests: Iterable[SandboxRequest], course: Course
) -> SandboxRequest | None:
    """The cancel that ends the order before its course does."""
    ends_at = row.created_at + course.ends_after
    granted = (one for one in requests if one.kind == Kind.CANCEL and one.is_granted)
    return next((one for one in granted if one.ends_at < ends_at), None)
