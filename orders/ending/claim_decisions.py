"""Staff decide claims: yes in full or in part, no with a reason. A yes is credited in the same
request (REF-14), or waits for a second person where it is above what one may grant alone.

Amounts are targets, as every refund: what shall have come back in all. Rules: docs/claims.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail
from orders.ending import claims, limits, marking, proposals
from orders.ending.claims import State
from orders.ending.paying_back import IN_DOUBT, pay_back
from orders.ending.proposals import Actor, Outcome, Refused
from orders.models import UNSENT, Claim, Order, Proposal
from wallet.money import display

DECIDING = "orders.decide_claim"
REASON = "claim"


class Verdict(TextChoices):
    """Why a claim is declined, in the words that its customer reads."""

    USER_ERROR = "user_error", gettext_lazy("The link or another detail of the order was the cause")
    DELIVERED = "delivered", gettext_lazy("It was delivered as described")
    OUTSIDE_WINDOW = "outside_window", gettext_lazy("The claim came after its time")
    NO_EVIDENCE = "no_evidence", gettext_lazy("What was described could not be seen")
    OTHER = "other", gettext_lazy("Another reason, given below")


def approve(
    *, claim_id: int, amount_micros: int, seen_micros: int, note: str, actor: Actor
) -> Proposal:
    """Grants so much now; `seen_micros` is what had come back when the page was read.

    One who may not decide, or not so much alone, has proposed it: the outcome of what is returned
    says which. Raises Refused.
    """
    with transaction.atomic():
        proposals.hold_person(actor)
        order, claim = _hold(claim_id)
        proposals.check_actor(order, actor)
        if order.proposals.waiting().exists():
            raise Refused(_("A second person has to agree to what is proposed, or decline it."))
        details = {
            "claim": claim.pk,
            "amount_micros": amount_micros,
            "seen_micros": seen_micros,
            "note": note,
        }
        _check(order, details)
        is_enough = _may_alone(order, amount_micros, actor)
        if is_enough:
            proposals.check_refundable(order, actor)
        proposal = proposals.store(
            order=order,
            kind=Proposal.Kind.CLAIM,
            details=details,
            reason=note,
            outcome=Outcome.DONE if is_enough else Outcome.WAITING,
            actor=actor,
        )
        if is_enough:
            _grant(order, claim, details, actor)
        else:
            _log(order, claim, actor, act="propose claim", reason=note, details=details)
    return proposal


def carry_out(proposal: Proposal, order: Order, actor: Actor) -> None:
    """The second person's yes, under the locks of order and proposal. Raises Refused when the claim
    is decided or money has come back since it was proposed."""
    claim = order.claims.select_for_update().get(pk=proposal.details["claim"])
    if claim.state != State.OPEN:
        raise Refused(_("This claim has been decided already."))
    _check(order, proposal.details)
    proposals.check_refundable(order, actor)
    _grant(order, claim, proposal.details, actor)


def decline(*, claim_id: int, verdict: Verdict, note: str, actor: Actor) -> Claim:
    """Says no, with a reason and a note that the customer reads in a mail. Raises Refused."""
    with transaction.atomic():
        order, claim = _hold(claim_id)
        proposals.check_actor(order, actor)
        for proposal in order.proposals.waiting().filter(kind=Proposal.Kind.CLAIM):
            proposals.end(proposal, Outcome.DECLINED, actor)
        _conclude(order, claim, State.DECLINED, verdict=verdict.value, note=note, actor=actor)
        if verdict == Verdict.USER_ERROR and order.user_error_at is None:
            marking.mark(order, reason=note or str(verdict.label), by=actor.by, at=actor.at)
        _log(order, claim, actor, act="decline claim", reason=note or str(verdict.label))
        _tell_declined(order, claim, verdict, actor)
    return claim


def _hold(claim_id: int) -> tuple[Order, Claim]:
    order_id = Claim.objects.values_list("order_id", flat=True).get(pk=claim_id)
    order = proposals.hold_order(order_id)
    claim = order.claims.select_for_update().get(pk=claim_id)
    if claim.state != State.OPEN:
        raise Refused(_("This claim has been decided already."))
    return order, claim


def _check(order: Order, details: Mapping[str, Any]) -> None:
    amount_micros = details["amount_micros"]
    if order.refunded_micros != details["seen_micros"]:
        raise Refused(_("Money has come back meanwhile: look at the order again."))
    if order.status in IN_DOUBT:
        raise Refused(_("First decide what became of its sending, on the order's page."))
    if not 0 < amount_micros <= order.net_charge_micros:
        left = _("Between a millionth of a dollar and the %(left)s that are left of the charge.")
        raise Refused(left % {"left": display(order.net_charge_micros)}, field="amount")
    if order.status in UNSENT and amount_micros < order.net_charge_micros:
        raise Refused(
            _("It has not been sent: all of the charge goes back, or nothing."), field="amount"
        )


def _may_alone(order: Order, amount_micros: int, actor: Actor) -> bool:
    return actor.by.has_perm(DECIDING) and not limits.is_above(
        amount_micros=amount_micros,
        person=actor.by,
        customer_id=order.customer_id,
        at=actor.at,
    )


def _grant(order: Order, claim: Claim, details: Mapping[str, Any], actor: Actor) -> None:
    """The claim's line of the story comes before the refund's: the mail about the refund says why
    by what it follows."""
    target_micros = order.refunded_micros + details["amount_micros"]
    claim.granted_micros = target_micros
    _conclude(order, claim, State.APPROVED, verdict="", note=details["note"], actor=actor)
    paid_micros = pay_back(
        order=order,
        target_micros=target_micros,
        at=actor.at,
        actor_id=actor.by.pk,
        reason=REASON,
    )
    changes = {"amount_micros": paid_micros}
    _log(order, claim, actor, act="approve claim", reason=details["note"], details=changes)


def _conclude(
    order: Order, claim: Claim, state: Claim.State, *, verdict: str, note: str, actor: Actor
) -> None:
    claim.state, claim.verdict, claim.note = state, verdict, note
    claim.decided_by, claim.decided_at = actor.by, actor.at
    claim.save(
        update_fields=["state", "verdict", "note", "decided_by", "decided_at", "granted_micros"]
    )
    claims.record(order, claim, by=actor.by, at=actor.at)
    claims.settle_case(claim, resolution=str(claim.get_state_display()), at=actor.at)


def _log(
    order: Order,
    claim: Claim,
    actor: Actor,
    *,
    act: str,
    reason: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    amounts = {name: value for name, value in (details or {}).items() if name == "amount_micros"}
    changes = {"claim": claim.pk, **amounts}
    proposals.log(order, actor, act=act, reason=reason, changes=changes)


def _tell_declined(order: Order, claim: Claim, verdict: Verdict, actor: Actor) -> None:
    mail.enqueue(
        key=f"{claims.case_key(claim)}:declined",
        recipient=order.customer.email,
        template="claim_declined",
        context={
            "number": order.pk,
            "name": order.snapshot.get("name", ""),
            "kind": claim.get_kind_display(),
            "reason": verdict.label,
            "note": claim.note,
            "path": order.get_absolute_url(),
        },
        at=actor.at,
    )
