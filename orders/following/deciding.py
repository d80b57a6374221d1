"""What one report means for one order: pure, so that any sequence of reports can be tried.

The table with its reasons and tests: docs/following.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from orders import lifecycle
from orders.models import FINAL, Order, Status
from services.providers.dialect import ReportState
from services.providers.reports import Report

RESURRECTED = "resurrected"
WITH_A_REST = "completed with a rest"
WITHOUT_REMAINS = "partial without remains"
TOO_LATE = "reported too late"
DELIVERED_ANYWAY = "delivered after it was paid back"
_UNSAID = (None, "", "null")


class Rules(NamedTuple):
    """What the order's terms and its provider's habits say about reports (REF-04, REF-06)."""

    cancel_refund: Literal["full", "by_remains"] = "full"
    partial_refund: Literal["auto", "manual"] = "auto"
    cancel_means_partial: bool = False
    # Its customer had it stopped after its start, and it was sold without a refund then (CAT-06).
    is_given_up: bool = False
    # The order ended longer ago than its terms follow a report of less (DEL-08).
    is_too_late: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do. `to` is a status to go to, `due_micros` a target for what comes back in all,
    `suggested_micros` one that staff decide about, `recovered_micros` one that the house gets back
    of what it bore. `remains` is what the target was counted from. `flags` and `review` are for
    staff."""

    to: Status | None = None
    due_micros: int | None = None
    suggested_micros: int | None = None
    recovered_micros: int | None = None
    remains: int | None = None
    flags: tuple[str, ...] = ()
    review: str = ""

    @property
    def pays(self) -> bool:
        """Whether a customer's balance may move, so that his books are locked."""
        return self.due_micros is not None


NOTHING = Decision()


def decide(*, order: Order, report: Report, rules: Rules) -> Decision:
    """The effect of a report whose state is known. Nothing in it touches the database."""
    state = _meaning(order, report, rules)
    effects = _IF_ABSORBED if order.absorbed_micros else _EFFECTS
    return effects[state](order, report, rules)


def is_credible(order: Order, remains: int | None) -> bool:
    """A whole number from 0 to what was ordered; nothing else is counted from (REF-05)."""
    return remains is not None and remains <= order.units


def _meaning(order: Order, report: Report, rules: Rules) -> ReportState:
    """Some providers say Canceled where others say Partial (`Provider.cancel_means_partial`). With
    nothing or everything left, or with nothing said about it, they mean Canceled, too."""
    state = report.state or ReportState.FAILED
    if state != ReportState.CANCELED or not rules.cancel_means_partial:
        return state
    if report.remains is None:
        return state if report.remains_text in _UNSAID else ReportState.PARTIAL
    return state if report.remains in (0, order.units) else ReportState.PARTIAL


def _running(order: Order, report: Report, rules: Rules) -> Decision:
    """Progress only. After an end it is no claw-back: what came back stays the customer's."""
    to = Status(str(report.state))
    if order.status in FINAL:
        return Decision(flags=(RESURRECTED,))
    return NOTHING if order.status == to else Decision(to=to)


def _completed(order: Order, report: Report, rules: Rules) -> Decision:
    """What was over-delivered costs nothing (CAT-10), and a drop later on is no shortfall
    (DEL-08): only a report of Partial or Canceled is."""
    if order.was_cut_short:
        return Decision(flags=(RESURRECTED,))
    if order.status == Status.COMPLETED:
        return NOTHING
    return Decision(to=Status.COMPLETED, flags=(WITH_A_REST,) if report.remains else ())


def _partial(order: Order, report: Report, rules: Rules) -> Decision:
    remains = report.remains
    if remains is None or remains > order.units:
        return Decision(review=f"partial with remains {report.remains_text!r}")
    if remains == 0:
        completed = _completed(order, report, rules)
        return Decision(to=completed.to, flags=(*completed.flags, WITHOUT_REMAINS))
    if rules.is_given_up:
        return _cut_short(order, Status.PARTIAL, 0, report, rules, is_for_staff=False)
    due_micros = lifecycle.refund_due(order=order, remains=remains)
    is_manual = rules.partial_refund == "manual" or _is_duplicate(order, report)
    return _cut_short(order, Status.PARTIAL, due_micros, report, rules, is_for_staff=is_manual)


def _canceled(order: Order, report: Report, rules: Rules) -> Decision:
    """Full refund (REF-04), unless the order's terms say: by what was not delivered."""
    if rules.is_given_up:
        return _cut_short(order, Status.CANCELED, 0, report, rules, is_for_staff=False)
    due_micros = order.charge_micros
    if rules.cancel_refund == "by_remains":
        if report.remains is None or report.remains > order.units:
            return Decision(review=f"canceled with remains {report.remains_text!r}")
        due_micros = lifecycle.refund_due(order=order, remains=report.remains)
    is_for_staff = _is_duplicate(order, report)
    return _cut_short(order, Status.CANCELED, due_micros, report, rules, is_for_staff=is_for_staff)


def _is_duplicate(order: Order, report: Report) -> bool:
    """A second order for a link, taken without a promise of compensation (ORD-10)."""
    return order.duplicate_accepted and report.is_duplicate


def _failed(order: Order, report: Report, rules: Rules) -> Decision:
    return Decision(review=f"the provider says {report.word!r}")


def _cut_short(
    order: Order, to: Status, due_micros: int, report: Report, rules: Rules, *, is_for_staff: bool
) -> Decision:
    """What is shown as remaining is what the refund was counted from: both only ever rise."""
    is_more = due_micros > order.due_micros or _lost_more(order, report)
    goes = to if lifecycle.may_become(order=order, status=to) else None
    if goes is None and order.status not in (Status.PARTIAL, Status.CANCELED):
        return Decision(flags=(f"reported {to}",))
    if goes is None and not is_more:
        return NOTHING
    if order.status in FINAL and rules.is_too_late:
        return Decision(flags=(TOO_LATE,))
    return Decision(
        to=goes,
        due_micros=None if is_for_staff else due_micros,
        suggested_micros=due_micros if is_for_staff else None,
        remains=report.remains if is_more and is_credible(order, report.remains) else None,
    )


def _lost_more(order: Order, report: Report) -> bool:
    """What a run of a drip-feed lost is counted by its plan: it has no charge of its own."""
    remains = report.remains
    if order.charge_micros or remains is None or remains > order.units:
        return False
    return order.status not in FINAL or remains > (order.remains or 0)


def _wait(order: Order, report: Report, rules: Rules) -> Decision:
    """The house has paid the order back, and its provider is at it still."""
    return NOTHING if order.settled_at is None else Decision(flags=(RESURRECTED,))


def _delivered_anyway(order: Order, report: Report, rules: Rules) -> Decision:
    """The provider did not stop: it is owed its price, and the loss stays."""
    if order.settled_at is not None:
        return NOTHING
    return Decision(recovered_micros=0, flags=(DELIVERED_ANYWAY,))


def _recover_part(order: Order, report: Report, rules: Rules) -> Decision:
    """By the same sums as if the customer had not been paid back yet."""
    if report.remains is None or report.remains > order.units:
        return Decision(review=f"{report.state} with remains {report.remains_text!r}")
    return _recovered(order, lifecycle.refund_due(order=order, remains=report.remains))


def _recover_all(order: Order, report: Report, rules: Rules) -> Decision:
    if rules.cancel_refund == "by_remains":
        return _recover_part(order, report, rules)
    return _recovered(order, order.charge_micros)


def _recovered(order: Order, due_micros: int) -> Decision:
    is_known = order.charge_micros - order.kept_micros >= due_micros
    if order.settled_at is not None and is_known:
        return NOTHING
    return Decision(recovered_micros=due_micros)


Effect = Callable[[Order, Report, Rules], Decision]

_EFFECTS: Mapping[ReportState, Effect] = {
    ReportState.PENDING: _running,
    ReportState.IN_PROGRESS: _running,
    ReportState.PROCESSING: _running,
    ReportState.COMPLETED: _completed,
    ReportState.PARTIAL: _partial,
    ReportState.CANCELED: _canceled,
    ReportState.FAILED: _failed,
}
# The customer has everything back: what is reported settles with the house alone.
_IF_ABSORBED: Mapping[ReportState, Effect] = {
    ReportState.PENDING: _wait,
    ReportState.IN_PROGRESS: _wait,
    ReportState.PROCESSING: _wait,
    ReportState.COMPLETED: _delivered_anyway,
    ReportState.PARTIAL: _recover_part,
    ReportState.CANCELED: _recover_all,
    ReportState.FAILED: _failed,
}
