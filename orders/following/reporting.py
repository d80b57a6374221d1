"""Applying what a provider reports. The table: docs/following.md; what it means: `deciding`.

A report never books money by itself: it raises what is due, and `lifecycle.book_together` pays the
rest. A batch is one transaction: its orders are locked by ascending number, decided about in
memory, their customers' wallets locked by ascending number, and all of it is written in a few
statements. If that fails, each order has a transaction of its own, so that one bad item affects
only itself.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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
from orders.following.writing import Line, lock, news_of, write
from orders.models import FINAL, Clock, FollowUp, Order, OrderEvent, Role, Status
from orders.polling import next_poll_at
from services.providers.dialect import ReportState
from services.providers.reports import Report, Unreadable
from wallet.ledger import LedgerError

logger = logging.getLogger(__name__)

Reports = Mapping[int, Report | Unreadable]

_HARMS_ONE = (LedgerError, lifecycle.ImpossibleTransition, DatabaseError)
_ENDS = (ReportState.PARTIAL, ReportState.CANCELED)
# A report that could not be booked does not stand in front of the others.
_TRIED_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class _Effects:
    """What the reports of a batch bring about, gathered before it is written: lines of the stories,
    what is due of orders whose money has to be looked at, and of which no word could be used."""

    flags: list[tuple[Order, str]] = field(default_factory=list)
    moves: list[OrderEvent] = field(default_factory=list)
    dues: list[tuple[Order, int]] = field(default_factory=list)
    counts: list[Line] = field(default_factory=list)
    unheard: list[int] = field(default_factory=list)


def apply_reports(*, reports: Reports, at: datetime) -> None:
    """Applies what one call told about many orders, by their numbers with us. Each is applied as if
    alone: what is wrong with one stays with it."""
    try:
        _apply(reports, at)
    except _HARMS_ONE:
        logger.exception("a batch of reports could not be written together")
        for order_id, report in reports.items():
            _apply_alone(order_id=order_id, report=report, at=at)


def apply_report(*, order_id: int, report: Report | Unreadable, at: datetime) -> None:
    """Books what one report proves about one order, under its lock, and sets the next check."""
    _apply({order_id: report}, at)


def _apply(reports: Reports, at: datetime) -> None:
    effects = _Effects()
    with transaction.atomic():
        orders, undivided = lock(reports)
        before = [news_of(order) for order in orders]
        given_up = _given_up(undivided, reports)
        for order in orders:
            report = reports[order.pk]
            decision = _decide(order, report, at, given_up)
            _take_in(order, report, decision, effects, at)
            _carry_out(order, decision, effects, at)
        refunds = lifecycle.book_together(dues=effects.dues, at=at) if effects.dues else []
        checks = _next_checks(orders, at=at)
        booked = [Line(one.order_id, one.kind, one.detail) for one in (*effects.moves, *refunds)]
        story = [*_new_flags(effects.flags), *booked, *effects.counts]
        write(orders, before=before, checks=checks, unheard=effects.unheard, story=story, at=at)


def _apply_alone(*, order_id: int, report: Report | Unreadable, at: datetime) -> None:
    try:
        apply_report(order_id=order_id, report=report, at=at)
    except _HARMS_ONE as error:
        logger.exception("order %s: a report could not be booked", order_id)
        Clock.objects.filter(pk=order_id).update(next_at=at + _TRIED_AGAIN_AFTER)
        cases.raise_case(
            kind=Case.Kind.ORDER_REVIEW,
            key=f"order:{order_id}",
            detail=f"a report could not be booked: {type(error).__name__}",
            at=at,
        )


def _given_up(undivided: Collection[int], reports: Reports) -> Collection[int]:
    """Orders whose customers had them stopped after their start, and that were sold without a
    refund then."""
    ended = [pk for pk in undivided if _names_an_end(reports[pk])]
    if not ended:
        return ()
    asked = FollowUp.objects.giving_up_refund().filter(order__in=ended)
    return set(asked.values_list("order_id", flat=True))


def _names_an_end(report: Report | Unreadable) -> bool:
    return isinstance(report, Report) and report.state in _ENDS


def _decide(
    order: Order, report: Report | Unreadable, at: datetime, given_up: Collection[int]
) -> Decision:
    """Nothing for what nobody can read, or only a plan can judge."""
    if not isinstance(report, Report) or report.state is None or order.role == Role.SUBSCRIPTION:
        return deciding.NOTHING
    policy = policy_of(order.publication_id)
    followed_for = timedelta(days=policy.order_accept_late_refunds_days)
    rules = Rules(
        cancel_refund=policy.order_cancel_refund,
        partial_refund=policy.order_partial_refund,
        cancel_means_partial=order.provider is not None and order.provider.cancel_means_partial,
        is_given_up=order.pk in given_up,
        is_too_late=order.finished_at is not None and at > order.finished_at + followed_for,
    )
    return deciding.decide(order=order, report=report, rules=rules)


def _take_in(
    order: Order, report: Report | Unreadable, decision: Decision, effects: _Effects, at: datetime
) -> None:
    """Everything that moves no money."""
    if not isinstance(report, Report) or not is_known(order=order, report=report):
        note_miss(order, report, at=at)
        effects.unheard.append(order.pk)
        return
    end_silence(order, at=at)
    currency = order.provider.currency if order.provider else ""
    counting.note_price(order=order, report=report, currency=currency)
    if order.role == Role.SUBSCRIPTION:
        hear(order=order, report=report, at=at)
        return
    reasons = (*counting.falling(order=order, report=report), *decision.flags)
    effects.flags += [(order, reason) for reason in reasons]
    if counting.note(order=order, report=report, at=at):
        detail = {"start_count": order.start_count, "remains": order.remains}
        effects.counts.append(Line(order.pk, OrderEvent.Kind.PROGRESS, detail))


def _carry_out(order: Order, decision: Decision, effects: _Effects, at: datetime) -> None:
    """The end of an order books what it means; so does a higher target after it."""
    suggested, due_micros = decision.suggested_micros, decision.due_micros
    if suggested is None or suggest(order=order, due_micros=suggested, at=at):
        order.remains = order.remains if decision.remains is None else decision.remains
    if decision.to is not None:
        effects.moves.append(lifecycle.move(order=order, to=decision.to, at=at))
        if decision.to == Status.COMPLETED:
            order.started_at = order.started_at or at
    if due_micros is not None or decision.to in FINAL:
        effects.dues.append((order, order.due_micros if due_micros is None else due_micros))
    if decision.recovered_micros is not None:
        lifecycle.recover(order=order, due_micros=decision.recovered_micros, at=at)
    if decision.review:
        _review(order, reason=decision.review, at=at)


def _next_checks(orders: Sequence[Order], *, at: datetime) -> list[datetime | None]:
    """Of each order in turn; None for what is not asked about any more."""
    found = []
    for order in orders:
        days = policy_of(order.publication_id).order_accept_late_refunds_days
        found.append(next_poll_at(order=order, at=at, late_refund_days=days))
    return found


def _review(order: Order, *, reason: str, at: datetime) -> None:
    """Nothing is booked; staff look, and polling goes on."""
    cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=order.reference, detail=reason[:200], at=at)


def _new_flags(flags: Sequence[tuple[Order, str]]) -> list[Line]:
    """One line per reason in an order's story, however often the provider repeats itself."""
    if not flags:
        return []
    kind = OrderEvent.Kind.FLAGGED
    written = OrderEvent.objects.filter(order__in=[order for order, _reason in flags], kind=kind)
    known = set(written.values_list("order_id", "detail__reason"))
    return [
        Line(order.pk, kind, {"reason": reason})
        for order, reason in flags
        if (order.pk, reason) not in known
    ]
