"""What the taker of our own work says about an order: a report like any provider's.

Refunds follow the rules of reports (docs/following.md). Because a person's key says it, what it
pays back counts in that person's limits, and above them it is refused: then it is proposed, and a
second person agrees (docs/claims.md, "Two people").
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from orders import lifecycle
from orders.ending import limits, proposals
from orders.ending.proposals import Actor, Outcome, Refused
from orders.ending.returning import brought_back, from_plan, lost_micros
from orders.following import deciding, reporting
from orders.models import FINAL, Order, Proposal, Role, Status
from services.providers.dialect import ReportState
from services.providers.reports import Report

_PAYING = (ReportState.PARTIAL, ReportState.CANCELED)
_ENDS = (*_PAYING, ReportState.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said; None for what was left out. `note` says who said it, for the log."""

    state: ReportState | None
    start_count: int | None
    remains: int | None
    note: str


@dataclass(frozen=True, slots=True)
class _Before:
    """How the order stood."""

    status: str
    refunded_micros: int
    lost_micros: int


def tell(*, order_id: int, told: Told, actor: Actor) -> Order:
    """Books what was said about an order of our own work and returns it as it stands. Raises
    Refused, Order.DoesNotExist."""
    with transaction.atomic():
        proposals.hold_person(actor)
        order = proposals.hold_order(order_id)
        before = _check(order, told, actor)
        reporting.apply_report(order_id=order.pk, report=_report(order, told), at=actor.at)
        order.refresh_from_db()
        _write_down(order, told, actor, before)
    return order


def _check(order: Order, told: Told, actor: Actor) -> _Before:
    proposals.check_actor(order, actor)
    if order.provider is None or not order.provider.is_manual:
        raise Refused(_("It is not our own work: its provider says how it stands."))
    if told.state is None and order.status in FINAL:
        raise Refused(_("It has ended: only a status can say more."), field="status")
    is_said = told.remains is not None or told.state == ReportState.PARTIAL
    if is_said and not deciding.is_credible(order, told.remains):
        most = _("What was not delivered: 0 to %(most)s.")
        raise Refused(most % {"most": order.units}, field="remains")
    if order.role == Role.SUBSCRIPTION and told.state in _ENDS:
        # No post of it is named here, so all of them would be taken for posts that never came.
        raise Refused(_("A subscription of our own work is ended with change-status."))
    if (at_most_micros := _at_most(order, told)) > 0:
        _check_money(order, at_most_micros, actor)
    return _Before(order.status, order.refunded_micros, lost_micros(order))


def _check_money(order: Order, amount_micros: int, actor: Actor) -> None:
    proposals.check_refundable(order, actor)
    if limits.is_above(
        amount_micros=amount_micros, person=actor.by, customer_id=order.customer_id, at=actor.at
    ):
        words = _("It pays back more than you may alone: propose it with change-status.")
        raise Refused(words)


def _at_most(order: Order, told: Told) -> int:
    """Micros that the report may bring back at most."""
    if told.state not in _PAYING:
        return 0
    due_micros = order.charge_micros
    if told.state == ReportState.PARTIAL and told.remains is not None:
        due_micros = lifecycle.refund_due(order=order, remains=told.remains)
    to = Status(told.state)
    return brought_back(order=order, to=to, remains=told.remains, due_micros=due_micros)


def _report(order: Order, told: Told) -> Report:
    state = told.state or ReportState(order.status)
    return Report(
        state=state,
        word=state.value,
        start_count=told.start_count,
        remains=told.remains,
        remains_text=None if told.remains is None else str(told.remains),
    )


def _paid(order: Order, before: _Before) -> int:
    """Micros that the report brings back; the sweep of plans books what is a plan's."""
    of_plan = from_plan(order, lost_micros(order) - before.lost_micros)
    return order.refunded_micros - before.refunded_micros + of_plan


def _write_down(order: Order, told: Told, actor: Actor, before: _Before) -> None:
    paid_micros = _paid(order, before)
    if paid_micros > 0:
        # What one person was enough for counts in his limits.
        proposals.store(
            order=order,
            kind=Proposal.Kind.SET_STATUS,
            details={
                "to": order.status,
                "remains": told.remains,
                "cancel_reason": "",
                "seen_status": before.status,
                "seen_micros": before.refunded_micros,
                "amount_micros": paid_micros,
            },
            reason=told.note,
            outcome=Outcome.DONE,
            actor=actor,
        )
    changes = {
        "status": [before.status, order.status],
        "start_count": order.start_count,
        "remains": order.remains,
        "refunded_micros": paid_micros,
    }
    proposals.log(order, actor, act="report own work", reason=told.note, changes=changes)
