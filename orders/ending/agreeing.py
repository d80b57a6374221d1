"""The second person about what one proposed. Each kind is a line in `RULES`: what it takes to agree
to it and what is then done. Rules: docs/claims.md, "Two people"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from orders.ending import claim_decisions, proposals, statuses
from orders.ending.proposals import Actor, Outcome, Refused
from orders.models import Order, Proposal

Kind = Proposal.Kind


@dataclass(frozen=True, slots=True)
class Rule:
    """`carry_out` may raise Refused: then events have overtaken the proposal."""

    decides: str
    carry_out: Callable[[Proposal, Order, Actor], None]


RULES: Mapping[str, Rule] = {
    Kind.CLAIM: Rule(decides=claim_decisions.DECIDING, carry_out=claim_decisions.carry_out),
    Kind.SET_STATUS: Rule(decides=statuses.SETTING, carry_out=statuses.carry_out),
}


def may_agree(proposal: Proposal, person: User) -> bool:
    """Whether this person may be the second one."""
    strangers = (proposal.proposed_by_id, proposal.order.customer_id)
    rule = RULES.get(proposal.kind)
    return rule is not None and person.has_perm(rule.decides) and person.pk not in strangers


def may_decline(proposal: Proposal, person: User) -> bool:
    return proposal.proposed_by_id == person.pk or may_agree(proposal, person)


def agree(*, proposal_id: int, actor: Actor) -> Proposal:
    """Carries the act out, once. What cannot be done any more ends as overtaken, and the outcome
    says so. Raises Refused for who may not be the second one, or comes too late."""
    with transaction.atomic():
        order, proposal = _hold(proposal_id)
        if not may_agree(proposal, actor.by):
            raise Refused(_("Somebody else has to agree."))
        try:
            with transaction.atomic():
                RULES[proposal.kind].carry_out(proposal, order, actor)
        except Refused as refusal:
            if not _is_overtaken(proposal):
                raise
            proposals.end(proposal, Outcome.OVERTAKEN, actor)
            _log(order, proposal, actor, act="overtaken", reason=refusal.message)
        else:
            proposals.end(proposal, Outcome.DONE, actor)
            _log(order, proposal, actor, act="agree to", reason=proposal.reason)
    return proposal


def decline(*, proposal_id: int, actor: Actor) -> Proposal:
    """Ends a proposal; who proposed it takes it back so. Nothing moves. Raises Refused."""
    with transaction.atomic():
        order, proposal = _hold(proposal_id)
        if not may_decline(proposal, actor.by):
            raise Refused(_("This is not yours to decide."))
        proposals.end(proposal, Outcome.DECLINED, actor)
        _log(order, proposal, actor, act="decline", reason=proposal.reason)
    return proposal


def _hold(proposal_id: int) -> tuple[Order, Proposal]:
    order_id = Proposal.objects.values_list("order_id", flat=True).get(pk=proposal_id)
    order = proposals.hold_order(order_id)
    waiting = Proposal.objects.waiting().select_for_update()
    proposal = waiting.filter(pk=proposal_id, kind__in=RULES).first()
    if proposal is None:
        raise Refused(_("This has been decided already."))
    return order, proposal


def _is_overtaken(proposal: Proposal) -> bool:
    """Whether the order is no longer as it was proposed; else only this person is refused."""
    order = Order.objects.get(pk=proposal.order_id)
    is_moved: bool = order.refunded_micros != proposal.details["seen_micros"]
    if proposal.kind == Kind.CLAIM:
        open_claims = order.claims.filter(pk=proposal.details["claim"], state="open")
        return is_moved or not open_claims.exists()
    return is_moved or bool(order.status != proposal.details["seen_status"])


def _log(order: Order, proposal: Proposal, actor: Actor, *, act: str, reason: str) -> None:
    changes = {"proposal": proposal.pk, **proposal.details}
    proposals.log(order, actor, act=f"{act} {proposal.kind}", reason=reason[:500], changes=changes)
