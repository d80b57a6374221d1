"""Claims: a customer, or support for him, asks for money back and says why; staff decide.

An order has one open claim at most, and each kind is decided once. Who opens it does not change
what it is: the same row, the same clock (REF-12, REF-13). Rules: docs/claims.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases, sweeps
from accounts.acts import log_act
from accounts.models import Case, User
from orders import lifecycle
from orders.ending.claim_rules import grounds_of, refusal
from orders.ending.proposals import Actor, check_actor
from orders.models import Claim, Order, OrderEvent, Proposal

# Calendar hours: what comes on a Friday evening is answered by Sunday evening (REF-13).
REVIEW_TIME = timedelta(hours=48)
SHORTEST_WORDS, LONGEST_WORDS = 10, 2000

State = Claim.State
Kind = Claim.Kind


class ClaimRefused(Exception):
    """No claim was opened; `message` tells the person why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def open_claim(
    *,
    order_id: int,
    kind: Claim.Kind,
    reason: str,
    evidence: str,
    by: User,
    at: datetime,
    ip: str | None = None,
) -> Claim:
    """Opens a claim of the order's customer, who asks himself or through `by` of the staff.

    The same press again returns the first claim. Raises ClaimRefused, Order.DoesNotExist. The
    caller has checked that `by` may see the order.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        pressed = order.claims.filter(state=State.OPEN, kind=kind, reason=reason, opened_by=by)
        if same := pressed.first():
            return same
        _check(order, kind, at)
        claim = order.claims.create(
            kind=kind,
            opened_by=by,
            opened_at=at,
            due_at=at + REVIEW_TIME,
            reason=reason,
            evidence=evidence,
            suggested_micros=suggested_for(order=order, kind=kind),
        )
        record(order, claim, by=by, at=at)
        if by.pk != order.customer_id:
            log_act(actor=by, act="open claim", target=order.reference, reason=reason[:500], ip=ip)
    return claim


def suggested_for(*, order: Order, kind: Claim.Kind) -> int:
    """Micros back in all that the numbers speak for: what was not delivered, and the whole charge
    where nothing is known to have been."""
    if kind == Kind.NOT_STARTED or order.remains is None:
        return order.charge_micros
    counted = lifecycle.refund_due(order=order, remains=min(order.remains, order.units))
    # Delivered, and yet something is wrong with it: how much is for staff to judge.
    return counted or order.charge_micros


def put_first(*, claim_id: int, by: User, at: datetime) -> None:
    """Staff let a claim come before the others (REF-15). Raises Refused for one's own order."""
    _press(claim_id, "expedite claim", by=Actor(by=by, at=at), wanted=True)


def put_back(*, claim_id: int, by: User, at: datetime) -> None:
    """The claim takes its turn again. Raises Refused for one's own order."""
    _press(claim_id, "take claim's turn back", by=Actor(by=by, at=at), wanted=False)


def raise_overdue(*, at: datetime) -> int:
    """A case for each claim whose answer is late (REF-13); returns how many are."""
    late = list(Claim.objects.overdue(at=at))
    for claim in late:
        cases.raise_case(
            kind=Case.Kind.CLAIM_LATE,
            key=case_key(claim),
            detail=_(
                "Order %(order)s: the claim of %(opened)s UTC was to be answered by %(due)s UTC."
            )
            % {
                "order": claim.order_id,
                "opened": f"{claim.opened_at:%F %R}",
                "due": f"{claim.due_at:%F %R}",
            },
            at=at,
            due_at=claim.due_at,
        )
    return len(late)


def close_settled(*, at: datetime) -> int:
    """Ends claims whose order has given everything back by itself meanwhile; returns how many."""
    found = dict(Claim.objects.open().values_list("pk", "order_id"))
    return sweeps.each("claim", found, lambda one: _close_settled(one, found[one], at=at))


def _close_settled(claim_id: int, order_id: int, *, at: datetime) -> bool:
    rows = Order.objects.filter(pk=order_id, refunded_micros__gt=0)
    with transaction.atomic():
        order = rows.select_for_update().first()
        if order is None or order.net_charge_micros:
            return False
        claim = order.claims.select_for_update().filter(pk=claim_id, state=State.OPEN).first()
        if claim is None:
            return False
        claim.state, claim.verdict, claim.decided_at = State.APPROVED, "came_back", at
        claim.granted_micros = order.refunded_micros
        claim.save(update_fields=["state", "verdict", "decided_at", "granted_micros"])
        record(order, claim, by=None, at=at)
        proposed = order.proposals.waiting().filter(kind=Proposal.Kind.CLAIM)
        proposed.update(outcome=Proposal.Outcome.OVERTAKEN, decided_at=at)
        settle_case(claim, resolution="the whole charge came back", at=at)
    return True


def record(order: Order, claim: Claim, *, by: User | None, at: datetime) -> None:
    """One line of the order's story for each step of a claim."""
    detail: dict[str, object] = {"claim": claim.pk, "claim_kind": claim.kind, "state": claim.state}
    if claim.verdict:
        detail["verdict"] = claim.verdict
    lifecycle.record(
        order=order,
        kind=OrderEvent.Kind.CLAIM,
        detail=detail,
        at=at,
        actor_id=by.pk if by else None,
    )


def case_key(claim: Claim) -> str:
    return f"claim:{claim.pk}"


def settle_case(claim: Claim, *, resolution: str, at: datetime) -> None:
    cases.resolve_case(kind=Case.Kind.CLAIM_LATE, key=case_key(claim), resolution=resolution, at=at)


def _check(order: Order, kind: Claim.Kind, at: datetime) -> None:
    if why_not := refusal(order):
        raise ClaimRefused(why_not)
    ground = next((one for one in grounds_of(order=order, at=at) if one.kind == kind), None)
    if ground is None or not ground.is_open:
        raise ClaimRefused(ground.why_not if ground else _("There is no such claim."))


def _press(claim_id: int, act: str, *, by: Actor, wanted: bool) -> None:
    with transaction.atomic():
        claims = Claim.objects.select_related("order").select_for_update(of=("self",))
        claim = claims.get(pk=claim_id)
        check_actor(claim.order, by)
        if claim.state != State.OPEN or claim.is_expedited == wanted:
            return
        claim.is_expedited = wanted
        claim.save(update_fields=["is_expedited"])
        log_act(actor=by.by, act=act, target=claim.order.reference)
