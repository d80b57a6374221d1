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
from orders.following import deciding, reporting
from orders.models import FINAL, Order, Proposal
from services.providers.dialect import ReportState
from services.providers.reports import Report

_PAYING = (ReportState.PARTIAL, ReportState.CANCELED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said; None for what was left out. `note` says who said it, for the log."""

    state: ReportState | None
    start_count: int | None
    remains: int | None
    note: str


def tell(*, order_id: int, told: Told, actor: Actor) -> Order:
    """Books what was said about an order of our own work and returns it as it stands. Raises
    Refused, Order.DoesNotExist."""
    with transaction.atomic():
        proposals.hold_person(actor)
        order = proposals.hold_order(order_id)
        _check(order, told, actor)
        before = order.status, order.refunded_micros
        reporting.apply_report(order_id=order.pk, report=_report(order, told), at=actor.at)
        order.refresh_from_db()
        _write_down(order, told, actor, before)
    return order


def _check(order: Order, told: Told, actor: Actor) -> None:
    proposals.check_actor(order, actor)
    if order.provider is None or not order.provider.is_manual:
        raise Refused(_("It is not our own work: its provider says how it stands."))
    if told.state is None and order.status in FINAL:
        raise Refused(_("It has ended: only a status can say more."), field="status")
    is_said = told.remains is not None or told.state == ReportState.PARTIAL
    if is_said and not deciding.is_credible(order, told.remains):
        most = _("What was not delivered: 0 to %(most)s.")
        raise Refused(most % {"most": order.units}, field="remains")
    if (amount_micros := _at_most(order, told)) > 0:
        _check_money(order, amount_micros, actor)


def _check_money(order: Order, amount_micros: int, actor: Actor) -> None:
    proposals.check_refundable(order, actor)
    if limits.is_above(
        amount_micros=amount_micros, person=actor.by, customer_id=order.customer_id, at=actor.at
    ):
        words = _("It pays back more than you may alone: propose it with change-status.")
        raise Refused(words)


def _at_most(order: Order, told: Told) -> int:
    """What the report may pay back at most, in micros."""
    if told.state not in _PAYING:
        return 0
    due_micros = order.charge_micros
    if told.state == ReportState.PARTIAL and told.remains is not None:
        due_micros = lifecycle.refund_due(order=order, remains=told.remains)
    return due_micros - order.refunded_micros


def _report(order: Order, told: Told) -> Report:
    state = told.state or ReportState(order.status)
    return Report(
        state=state,
        word=state.value,
        start_count=told.start_count,
        remains=told.remains,
        remains_text=None if told.remains is None else str(told.remains),
    )


def _write_down(order: Order, told: Told, actor: Actor, before: tuple[str, int]) -> None:
    was, paid_before = before
    paid_micros = order.refunded_micros - paid_before
    if paid_micros > 0:
        # What one person was enough for counts in his limits.
        proposals.store(
            order=order,
            kind=Proposal.Kind.SET_STATUS,
            details={
                "to": order.status,
                "remains": told.remains,
                "cancel_reason": "",
                "seen_status": was,
                "seen_micros": paid_before,
                "amount_micros": paid_micros,
            },
            reason=told.note,
            outcome=Outcome.DONE,
            actor=actor,
        )
    changes = {
        "status": [was, order.status],
        "start_count": order.start_count,
        "remains": order.remains,
        "refunded_micros": paid_micros,
    }
    proposals.log(order, actor, act="report own work", reason=told.note, changes=changes)
