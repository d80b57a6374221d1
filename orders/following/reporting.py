"""Applying what a provider reports. The table: docs/following.md; what it means: `deciding`.

A report never books money by itself: it raises what is due, and `lifecycle.book` pays the rest.
Rows of a batch are locked and written together. Where a customer's balance moves, or the batch as a
whole fails, each order has a transaction of its own, so that one bad item affects only itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from accounts import cases
from accounts.models import Case
from legal.terms import policy_of
from orders import lifecycle
from orders.following import counting, deciding
from orders.following.deciding import Decision, Rules
from orders.following.hearing import hear, is_known
from orders.following.silence import end_silence, note_miss
from orders.following.suggesting import suggest
from orders.following.writing import write
from orders.models import FINAL, Order, OrderEvent, OrderQuerySet, Role, Status
from orders.polling import next_poll_at
from services.providers.dialect import ReportState
from services.providers.reports import Report, Unreadable
from wallet.ledger import LedgerError

logger = logging.getLogger(__name__)

Reports = Mapping[int, Report | Unreadable]

_HARMS_ONE = (LedgerError, lifecycle.ImpossibleTransition, DatabaseError)


def apply_reports(*, reports: Reports, at: datetime) -> None:
    """Applies what one call told about many orders, by their numbers with us. Each is applied as if
    alone: what is wrong with one stays with it."""
    try:
        paying = _apply_together(reports, at)
    except _HARMS_ONE:
        logger.exception("a batch of reports could not be written together")
        paying = list(reports)
    for order_id in paying:
        _apply_alone(order_id=order_id, report=reports[order_id], at=at)


def apply_report(*, order_id: int, report: Report | Unreadable, at: datetime) -> None:
    """Books what one report proves about one order, under its lock, and sets the next check."""
    with transaction.atomic():
        order = _locked().get(pk=order_id)
        if order.external_id is None:
            return
        decision = _decide(order, report, at)
        counted = _take_in(order, report, decision, at)
        _carry_out(order, decision, at)
        _write([order], counted, at=at)


def _apply_together(reports: Reports, at: datetime) -> list[int]:
    """One transaction for all but the orders that it returns: those whose customers get money, as
    the books of several customers are never locked at once."""
    paying, taken = [], []
    counted: list[OrderEvent] = []
    with transaction.atomic():
        for order in _locked().filter(pk__in=reports, external_id__isnull=False).order_by("pk"):
            report = reports[order.pk]
            decision = _decide(order, report, at)
            if decision.pays:
                paying.append(order.pk)
                continue
            counted += _take_in(order, report, decision, at)
            _carry_out(order, decision, at)
            taken.append(order)
        _write(taken, counted, at=at)
    return paying


def _apply_alone(*, order_id: int, report: Report | Unreadable, at: datetime) -> None:
    try:
        apply_report(order_id=order_id, report=report, at=at)
    except _HARMS_ONE as error:
        logger.exception("order %s: a report could not be booked", order_id)
        cases.raise_case(
            kind=Case.Kind.ORDER_REVIEW,
            key=f"order:{order_id}",
            detail=f"a report could not be booked: {type(error).__name__}",
            at=at,
        )


def _locked() -> OrderQuerySet:
    return Order.objects.select_related("provider").select_for_update(of=("self",))


def _decide(order: Order, report: Report | Unreadable, at: datetime) -> Decision:
    """Nothing for what nobody can read, or only a plan can judge."""
    if not isinstance(report, Report) or report.state is None or order.role == Role.SUBSCRIPTION:
        return deciding.NOTHING
    policy = policy_of(order.publication_id)
    followed_for = timedelta(days=policy.order_accept_late_refunds_days)
    rules = Rules(
        cancel_refund=policy.order_cancel_refund,
        partial_refund=policy.order_partial_refund,
        cancel_means_partial=order.provider is not None and order.provider.cancel_means_partial,
        is_given_up=_is_given_up(order, report),
        is_too_late=order.finished_at is not None and at > order.finished_at + followed_for,
    )
    return deciding.decide(order=order, report=report, rules=rules)


def _is_given_up(order: Order, report: Report) -> bool:
    is_end = report.state in (ReportState.PARTIAL, ReportState.CANCELED)
    if not is_end or order.snapshot.get("can_partial") is not False:
        return False
    return order.follow_ups.giving_up_refund().exists()


def _take_in(
    order: Order, report: Report | Unreadable, decision: Decision, at: datetime
) -> list[OrderEvent]:
    """Everything that moves no money; returns lines of the story that are not written yet."""
    if not isinstance(report, Report) or not is_known(order=order, report=report):
        note_miss(order, report, at=at)
        return []
    end_silence(order, at=at)
    currency = order.provider.currency if order.provider else ""
    counting.note_price(order=order, report=report, currency=currency)
    if order.role == Role.SUBSCRIPTION:
        hear(order=order, report=report, at=at)
        return []
    for reason in (*counting.falling(order=order, report=report), *decision.flags):
        _flag(order, reason=reason, at=at)
    if not counting.note(order=order, report=report, at=at):
        return []
    detail = {"start_count": order.start_count, "remains": order.remains}
    return [OrderEvent(order=order, kind=OrderEvent.Kind.PROGRESS, detail=detail, at=at)]


def _carry_out(order: Order, decision: Decision, at: datetime) -> None:
    """The end of an order books what it means; so does a higher target after it."""
    suggested, due_micros = decision.suggested_micros, decision.due_micros
    if suggested is None or suggest(order=order, due_micros=suggested, at=at):
        order.remains = order.remains if decision.remains is None else decision.remains
    if decision.to is not None:
        lifecycle.advance(order=order, to=decision.to, at=at)
        if decision.to == Status.COMPLETED:
            order.started_at = order.started_at or at
    if due_micros is not None or decision.to in FINAL:
        target = order.due_micros if due_micros is None else due_micros
        lifecycle.book(order=order, due_micros=target, at=at)
    if decision.recovered_micros is not None:
        lifecycle.recover(order=order, due_micros=decision.recovered_micros, at=at)
    if decision.review:
        _review(order, reason=decision.review, at=at)


def _write(orders: list[Order], events: list[OrderEvent], *, at: datetime) -> None:
    for order in orders:
        days = policy_of(order.publication_id).order_accept_late_refunds_days
        order.next_poll_at = next_poll_at(order=order, at=at, late_refund_days=days)
    write(orders)
    OrderEvent.objects.bulk_create(events)


def _review(order: Order, *, reason: str, at: datetime) -> None:
    """Nothing is booked; staff look, and polling goes on."""
    cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=order.reference, detail=reason[:200], at=at)


def _flag(order: Order, *, reason: str, at: datetime) -> None:
    """One line per reason in the order's story, however often the provider repeats itself."""
    flags = order.events.filter(kind=OrderEvent.Kind.FLAGGED, detail__reason=reason)
    if not flags.exists():
        detail = {"reason": reason}
        lifecycle.record(order=order, kind=OrderEvent.Kind.FLAGGED, detail=detail, at=at)
