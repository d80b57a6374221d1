"""What staff do about an order's money is written down as a proposal: one person proposes it, and
where the rule asks for a second one, it waits for him. What one was enough for has no second person
(`decided_by` is None). Rules: docs/claims.md, "Two people".

Order of locks: the proposer, the order, the proposal, the claim, then the customer's money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from orders.models import Order, Proposal

SHORTEST_NOTE, LONGEST_NOTE = 10, 500
PROPOSING = "orders.add_proposal"
REFUNDING_MISTAKES = "orders.refund_user_error"

Outcome = Proposal.Outcome


class Refused(Exception):
    """Nothing was changed; `message` tells staff why, `field` names what they typed, if it is."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who of the staff acts, when, and from which address."""

    by: User
    at: datetime
    ip: str | None = None


def hold_person(actor: Actor) -> None:
    """Two windows of one person wait for each other, so that his limits are exact."""
    User.objects.select_for_update(no_key=True).get(pk=actor.by.pk)


def hold_order(order_id: int) -> Order:
    return Order.objects.select_for_update().get(pk=order_id)


def check_actor(order: Order, actor: Actor) -> None:
    """Nobody decides about an order of his own. Raises Refused."""
    if order.customer_id == actor.by.pk:
        raise Refused(_("This is your own order: colleagues look after it."))


def check_refundable(order: Order, actor: Actor) -> None:
    """A mistake of the customer is paid back by finance alone (ORD-08): a plan's money is its runs'
    and theirs its. Raises Refused."""
    its_own = Q(pk=order.pk) | Q(pk=order.parent_id) | Q(parent=order)
    is_marked = Order.objects.filter(its_own, user_error_at__isnull=False).exists()
    if is_marked and not actor.by.has_perm(REFUNDING_MISTAKES):
        raise Refused(_("It is marked as the customer's mistake: only finance pays it back."))


def store(
    *,
    order: Order,
    kind: Proposal.Kind,
    details: Mapping[str, object],
    reason: str,
    outcome: Proposal.Outcome,
    actor: Actor,
) -> Proposal:
    """A new proposal about a locked order: waiting, or done by one person. Raises Refused."""
    if outcome == Outcome.WAITING and order.proposals.waiting().exists():
        raise Refused(_("Something proposed about this order waits already: decide that first."))
    return Proposal.objects.create(
        order=order,
        kind=kind,
        details=details,
        reason=reason,
        proposed_by=actor.by,
        proposed_at=actor.at,
        outcome=outcome,
        decided_at=None if outcome == Outcome.WAITING else actor.at,
    )


def end(proposal: Proposal, outcome: Proposal.Outcome, actor: Actor) -> None:
    """Writes down how a locked proposal ended, and who ended it."""
    proposal.outcome = outcome
    proposal.decided_by, proposal.decided_at = actor.by, actor.at
    proposal.save(update_fields=["outcome", "decided_by", "decided_at"])


def log(
    order: Order, actor: Actor, *, act: str, reason: str, changes: Mapping[str, object]
) -> None:
    log_act(
        actor=actor.by,
        act=act,
        target=order.reference,
        reason=reason,
        changes=changes,
        ip=actor.ip,
    )
