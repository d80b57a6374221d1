"""What a provider's report may do to an order. The table: docs/forwarding.md, "Status reports".

A report never books money by itself: it raises what is due, and `lifecycle.book` pays the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts import cases
from accounts.models import Case
from legal.policy import Policy
from legal.terms import policy_of
from orders import lifecycle
from orders.models import FINAL, Order, OrderEvent, Status
from orders.polling import next_poll_at
from services.providers.dialect import ReportState
from services.providers.reports import Report, Unreadable

UNKNOWN_WORDS_BEFORE_ALERT = 3
UNREADABLE_BEFORE_ALERT = 10


def apply_report(*, order_id: int, report: Report | Unreadable, at: datetime) -> None:
    """Books what one report proves about one order, under its lock, and sets the next check."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.external_id is None:
            return
        policy = policy_of(order.publication_id)
        if isinstance(report, Unreadable):
            _miss(order, threshold=UNREADABLE_BEFORE_ALERT, reason=report.reason, at=at)
        elif report.state is None:
            _miss(order, threshold=UNKNOWN_WORDS_BEFORE_ALERT, reason=report.word, at=at)
        else:
            _end_misses(order, at=at)
            if order.status not in FINAL:
                _note_progress(order, report, at)
            effects = _EFFECTS_IF_ABSORBED if order.absorbed_micros else _EFFECTS
            effects[report.state](order, report, policy, at)
        order.next_poll_at = next_poll_at(
            order=order, at=at, late_refund_days=policy.order_accept_late_refunds_days
        )
        order.save(update_fields=["poll_failures", "start_count", "remains", "next_poll_at"])


def _miss(order: Order, *, threshold: int, reason: str, at: datetime) -> None:
    """No usable report: the order stays as it is. Silence is never a cancellation."""
    order.poll_failures = min(order.poll_failures + 1, 1000)
    if order.poll_failures >= threshold:
        cases.raise_case(
            kind=Case.Kind.REPORT_UNREADABLE, key=order.reference, detail=reason[:200], at=at
        )


def _end_misses(order: Order, *, at: datetime) -> None:
    if order.poll_failures:
        order.poll_failures = 0
        cases.resolve_case(
            kind=Case.Kind.REPORT_UNREADABLE,
            key=order.reference,
            resolution="readable again",
            at=at,
        )


def _note_progress(order: Order, report: Report, at: datetime) -> None:
    before = (order.start_count, order.remains)
    if report.start_count is not None:
        order.start_count = report.start_count
    if report.remains is not None and report.remains <= order.units:
        order.remains = report.remains
    if (order.start_count, order.remains) != before:
        detail = {"start_count": order.start_count, "remains": order.remains}
        lifecycle.record(order=order, kind=OrderEvent.Kind.PROGRESS, detail=detail, at=at)


def _running(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    """Progress only. After an end it is no claw-back: what came back stays the customer's."""
    to = Status(str(report.state))
    if order.status in FINAL:
        _flag(order, reason="resurrected", at=at)
    elif order.status != to:
        lifecycle.advance(order=order, to=to, at=at)


def _completed(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    if order.was_cut_short:
        _flag(order, reason="resurrected", at=at)
    elif order.status != Status.COMPLETED:
        lifecycle.advance(order=order, to=Status.COMPLETED, at=at)
        lifecycle.book(order=order, due_micros=order.due_micros, at=at)
        if report.remains:
            _flag(order, reason="completed with a rest", at=at)


def _partial(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    remains = report.remains
    if remains is None or remains > order.units:
        _review(order, reason=f"partial with remains {report.remains_text!r}", at=at)
    elif remains == 0:
        _completed(order, report, policy, at)
        _flag(order, reason="partial without remains", at=at)
    else:
        due_micros = lifecycle.refund_due(order=order, remains=remains)
        _cut_short(order, Status.PARTIAL, due_micros, report, at)


def _canceled(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    """Full refund (REF-04, C-09), unless the order's terms say: by what was not delivered."""
    due_micros = order.charge_micros
    if policy.order_cancel_refund == "by_remains":
        if report.remains is None or report.remains > order.units:
            _review(order, reason=f"canceled with remains {report.remains_text!r}", at=at)
            return
        due_micros = lifecycle.refund_due(order=order, remains=report.remains)
    _cut_short(order, Status.CANCELED, due_micros, report, at)


def _failed(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    _review(order, reason=f"the provider says {report.word!r}", at=at)


def _cut_short(order: Order, to: Status, due_micros: int, report: Report, at: datetime) -> None:
    """What is shown as remaining is what the refund was counted from: both only ever rise."""
    if due_micros > order.due_micros and report.remains is not None:
        order.remains = min(report.remains, order.units)
    if lifecycle.may_become(order=order, status=to):
        lifecycle.advance(order=order, to=to, at=at)
    elif order.status not in (Status.PARTIAL, Status.CANCELED):
        _flag(order, reason=f"reported {to}", at=at)
        return
    lifecycle.book(order=order, due_micros=due_micros, at=at)


def _nothing(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    """An order that was paid back is with its provider still."""


def _delivered_anyway(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    """The provider did not stop: it is owed its price, and the loss stays."""
    if order.is_owed_to_the_house:
        _flag(order, reason="delivered after it was paid back", at=at)
        lifecycle.recover(order=order, due_micros=0, at=at)


def _recover_partial(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    if report.remains is None or report.remains > order.units:
        _review(order, reason=f"partial with remains {report.remains_text!r}", at=at)
    else:
        due_micros = lifecycle.refund_due(order=order, remains=report.remains)
        lifecycle.recover(order=order, due_micros=due_micros, at=at)


def _recover_canceled(order: Order, report: Report, policy: Policy, at: datetime) -> None:
    lifecycle.recover(order=order, due_micros=order.charge_micros, at=at)


def _review(order: Order, *, reason: str, at: datetime) -> None:
    """Nothing is booked; staff look, and polling goes on."""
    cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=order.reference, detail=reason[:200], at=at)


def _flag(order: Order, *, reason: str, at: datetime) -> None:
    """One line per reason in the order's story, however often the provider repeats itself."""
    flags = order.events.filter(kind=OrderEvent.Kind.FLAGGED, detail__reason=reason)
    if not flags.exists():
        detail = {"reason": reason}
        lifecycle.record(order=order, kind=OrderEvent.Kind.FLAGGED, detail=detail, at=at)


Effect = Callable[[Order, Report, Policy, datetime], None]

_EFFECTS: dict[ReportState, Effect] = {
    ReportState.PENDING: _running,
    ReportState.IN_PROGRESS: _running,
    ReportState.PROCESSING: _running,
    ReportState.COMPLETED: _completed,
    ReportState.PARTIAL: _partial,
    ReportState.CANCELED: _canceled,
    ReportState.FAILED: _failed,
}

# The customer has everything back: what is reported settles with the house alone.
_EFFECTS_IF_ABSORBED: dict[ReportState, Effect] = {
    ReportState.PENDING: _nothing,
    ReportState.IN_PROGRESS: _nothing,
    ReportState.PROCESSING: _nothing,
    ReportState.COMPLETED: _delivered_anyway,
    ReportState.PARTIAL: _recover_partial,
    ReportState.CANCELED: _recover_canceled,
    ReportState.FAILED: _failed,
}
