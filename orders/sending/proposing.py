"""Two people about an uncertain order whose amount asks for it: one proposes, another agrees.

Everything happens under the order's lock; what events overtake is marked so by whoever ends the
doubt (`doubts.settle`). Rules: docs/forwarding.md, "Two people".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from orders.models import Order, Proposal
from orders.sending import doubts, resolving
from orders.sending.deciding import (
    AlreadyDecided,
    CannotDecide,
    Decision,
    NotForYou,
    Verdict,
    check_not_own,
)

Outcome = Proposal.Outcome
# `hold` asks who may decide; whoever proposes decides nothing yet.
_UNDECIDED = 0


def propose(*, decision: Decision, verdict: Verdict, external_id: str = "") -> Proposal:
    """Writes down what the actor would do; nothing happens before another agrees.

    Raises AlreadyDecided, NotForYou, CannotDecide (something proposed waits already), and for a
    number what `resolving.look_up` raises.
    """
    if verdict == Verdict.ATTACH:
        resolving.look_up(decision=decision, external_id=external_id)
    with transaction.atomic():
        order, submission = resolving.hold(replace(decision, proposal_id=_UNDECIDED))
        if order.proposals.waiting().exists():
            raise CannotDecide(_("Something proposed about this order waits already."))
        proposal = Proposal.objects.create(
            order=order,
            kind=verdict.value,
            details={"submission": submission.pk, "external_id": external_id},
            reason=decision.reason,
            proposed_by=_person(decision),
            proposed_at=decision.at,
        )
        log_act(
            actor=decision.actor,
            act=f"propose {verdict.value}",
            target=order.reference,
            reason=decision.reason,
            changes={"proposal": proposal.pk, **proposal.details},
            ip=decision.ip,
        )
    return proposal


def agree(*, proposal_id: int, by: User, at: datetime, ip: str | None = None) -> Verdict:
    """The second person's yes: the act is carried out, once. Raises CannotDecide and its kinds."""
    proposal = _waiting(proposal_id)
    if proposal.proposed_by_id == by.pk:
        raise NotForYou(_("Somebody else has to agree."))
    decision = Decision(
        order_id=proposal.order_id,
        submission_id=proposal.details["submission"],
        actor=by,
        reason=proposal.reason,
        at=at,
        ip=ip,
        proposal_id=proposal.pk,
    )
    verdict = Verdict(proposal.kind)
    match verdict:
        case Verdict.ATTACH:
            resolving.attach(decision=decision, external_id=proposal.details["external_id"])
        case Verdict.NOT_CREATED:
            resolving.not_created(decision=decision)
        case Verdict.REFUND:
            resolving.refund(decision=decision)
    return verdict


def decline(*, proposal_id: int, by: User, at: datetime, ip: str | None = None) -> None:
    """No, or for who proposed it: never mind. The order stays uncertain. Raises AlreadyDecided,
    NotForYou."""
    with transaction.atomic():
        proposal = _waiting(proposal_id)
        order = Order.objects.select_for_update().get(pk=proposal.order_id)
        check_not_own(order, by)
        waiting = Proposal.objects.waiting().filter(pk=proposal.pk)
        if not waiting.update(outcome=Outcome.DECLINED, decided_by=by, decided_at=at):
            raise AlreadyDecided(_gone())
        act, changes = f"decline {proposal.kind}", {"proposal": proposal.pk}
        log_act(actor=by, act=act, target=order.reference, changes=changes, ip=ip)


def _waiting(proposal_id: int) -> Proposal:
    waiting = Proposal.objects.waiting().filter(kind__in=doubts.KINDS)
    proposal = waiting.filter(pk=proposal_id).first()
    if proposal is None:
        raise AlreadyDecided(_gone())
    return proposal


def _person(decision: Decision) -> User:
    if decision.actor is None:
        raise ValueError("only people propose")
    return decision.actor


def _gone() -> str:
    return _("Nothing was changed: this proposal does not wait any more.")
