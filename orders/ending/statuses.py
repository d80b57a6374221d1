"""Staff set an order to completed, partial or canceled, with a reason, along the lifecycle's own
transitions. What it does to the money is the same as when a provider reports it, and is said before
it is done. Rows REF-03, REF-08; rules: docs/claims.md, "Setting a status".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import lifecycle
from orders.ending import limits, proposals
from orders.ending.claim_rules import has_started
from orders.ending.paying_back import IN_DOUBT, end_in_full, stop_children
from orders.ending.proposals import Actor, Outcome, Refused
from orders.ending.returning import brought_back
from orders.models import FINAL, Order, Proposal, Status

SETTING = "orders.set_status"
SETTABLE = (Status.COMPLETED, Status.PARTIAL, Status.CANCELED)
# The code of a status that staff set for no reason of the list: the customer's pages have words.
BY_STAFF = "staff"


class CancelReason(TextChoices):
    """Why an order is canceled with the whole charge back (REF-03)."""

    NOT_STARTED = "not_started", gettext_lazy("It has not started")
    UNAVAILABLE = "unavailable", gettext_lazy("The service is not available")
    SYSTEM_ERROR = "system_error", gettext_lazy("It was placed through an error of the system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What staff want to set. `remains` goes with partial, `cancel_reason` with canceled; `note` is
    for the log and the second person. `seen_*` is how the order stood on the screen."""

    to: Status
    note: str
    seen_status: str
    seen_micros: int
    remains: int | None = None
    cancel_reason: str = ""

    def details(self, *, amount_micros: int) -> dict[str, Any]:
        return {
            "to": self.to.value,
            "remains": self.remains,
            "cancel_reason": self.cancel_reason,
            "seen_status": self.seen_status,
            "seen_micros": self.seen_micros,
            "amount_micros": amount_micros,
        }


def settable(order: Order) -> list[Status]:
    """Where staff may set the order; nowhere while its sending is in doubt."""
    if order.status in IN_DOUBT:
        return []
    return [to for to in SETTABLE if lifecycle.may_become(order=order, status=to)]


def amount_of(*, order: Order, wanted: Wanted) -> int:
    """Micros that would go back: at once, or of a plan's charge with the next sweep. Raises Refused
    for what cannot be set."""
    if order.status != wanted.seen_status or order.refunded_micros != wanted.seen_micros:
        raise Refused(_("The order has moved meanwhile: look at it again."))
    if wanted.to not in settable(order):
        raise Refused(_("The order cannot be set to this from where it is."))
    remains = order.remains if wanted.remains is None else wanted.remains
    return brought_back(order=order, to=wanted.to, remains=remains, due_micros=_due(order, wanted))


def set_status(*, order_id: int, wanted: Wanted, actor: Actor) -> Proposal:
    """Sets the status, or proposes it where it pays back more than the person may alone. Raises
    Refused."""
    with transaction.atomic():
        proposals.hold_person(actor)
        order = proposals.hold_order(order_id)
        proposals.check_actor(order, actor)
        amount_micros = amount_of(order=order, wanted=wanted)
        if amount_micros:
            proposals.check_refundable(order, actor)
        is_above = limits.is_above(
            amount_micros=amount_micros,
            person=actor.by,
            customer_id=order.customer_id,
            at=actor.at,
        )
        proposal = proposals.store(
            order=order,
            kind=Proposal.Kind.SET_STATUS,
            details=wanted.details(amount_micros=amount_micros),
            reason=wanted.note,
            outcome=Outcome.WAITING if is_above else Outcome.DONE,
            actor=actor,
        )
        if is_above:
            changes = {"to": wanted.to.value, "amount_micros": amount_micros}
            proposals.log(order, actor, act="propose status", reason=wanted.note, changes=changes)
        else:
            _set(order, wanted, actor)
    return proposal


def carry_out(proposal: Proposal, order: Order, actor: Actor) -> None:
    """The second person's yes, under the locks of order and proposal. Raises Refused when the order
    has moved since it was proposed."""
    wanted = read(proposal)
    if amount_of(order=order, wanted=wanted):
        proposals.check_refundable(order, actor)
    _set(order, wanted, actor)


def read(proposal: Proposal) -> Wanted:
    facts = proposal.details
    return Wanted(
        to=Status(facts["to"]),
        note=proposal.reason,
        seen_status=facts["seen_status"],
        seen_micros=facts["seen_micros"],
        remains=facts["remains"],
        cancel_reason=facts["cancel_reason"],
    )


def _due(order: Order, wanted: Wanted) -> int:
    if wanted.to == Status.CANCELED:
        _check_cancel(order, wanted)
        return order.charge_micros
    if wanted.to == Status.COMPLETED:
        return order.due_micros
    if wanted.remains is None or not 1 <= wanted.remains < order.units:
        most = _("What was not delivered: 1 to %(most)s; all of it is Canceled.")
        raise Refused(most % {"most": order.units - 1}, field="remains")
    return lifecycle.refund_due(order=order, remains=wanted.remains)


def _check_cancel(order: Order, wanted: Wanted) -> None:
    if wanted.cancel_reason not in CancelReason.values:
        raise Refused(_("Choose why it is canceled."), field="cancel_reason")
    if wanted.cancel_reason == CancelReason.NOT_STARTED and has_started(order):
        raise Refused(_("It has started: choose another reason."), field="cancel_reason")


def _set(order: Order, wanted: Wanted, actor: Actor) -> None:
    before, at, who = order.status, actor.at, actor.by.pk
    paid_before = order.refunded_micros
    if wanted.to == Status.CANCELED and before not in FINAL:
        end_in_full(order=order, at=at, actor_id=who, reason=wanted.cancel_reason)
    else:
        due_micros = _due(order, wanted)
        # What is shown as remaining is what the refund was counted from: both only ever rise.
        if wanted.to == Status.PARTIAL and due_micros >= order.due_micros:
            order.remains = wanted.remains
            order.save(update_fields=["remains"])
        reason = wanted.cancel_reason or BY_STAFF
        lifecycle.advance(order=order, to=wanted.to, at=at, actor_id=who, reason=reason)
        lifecycle.book(order=order, due_micros=due_micros, at=at)
        stop_children(parent=order, at=at, reason=reason)
    changes = {
        "status": [before, order.status],
        "refunded_micros": order.refunded_micros - paid_before,
        "reason": wanted.cancel_reason,
    }
    proposals.log(order, actor, act="set status", reason=wanted.note, changes=changes)
