"""The state between yes and no: how an attempt gets into it, and what ends with it."""

from __future__ import annotations

from datetime import datetime

from accounts import cases
from accounts.models import Case
from orders import lifecycle
from orders.models import Order, Proposal, Status, Submission

State = Submission.State
# The proposals about an uncertain order; the others are about its end.
KINDS = (Proposal.Kind.ATTACH, Proposal.Kind.SEND_AGAIN, Proposal.Kind.GIVE_UP)


def doubt(*, order: Order, submission: Submission, reason: str, at: datetime) -> None:
    """The outcome of a locked attempt is unknown: the money stays in escrow, staff decide."""
    close(submission, State.UNCERTAIN, reason=reason, at=at)
    lifecycle.advance(order=order, to=Status.UNCERTAIN, at=at, reason=reason)
    cases.raise_case(kind=Case.Kind.ORDER_UNCERTAIN, key=order.reference, detail=reason, at=at)


def settle(*, order: Order, resolution: str, at: datetime) -> None:
    """The doubt about a locked order is over: its case closes, and what somebody had proposed is
    overtaken."""
    waiting = Proposal.objects.waiting().filter(order=order, kind__in=KINDS)
    waiting.update(outcome=Proposal.Outcome.OVERTAKEN, decided_at=at)
    cases.resolve_case(
        kind=Case.Kind.ORDER_UNCERTAIN, key=order.reference, resolution=resolution, at=at
    )


def close(submission: Submission, state: Submission.State, *, reason: str, at: datetime) -> None:
    """Ends an attempt; its evidence stays."""
    submission.state = state
    submission.reason = reason[:200]
    submission.finished_at = at
    written = ("state", "reason", "finished_at", "external_id", "candidate_id", "excerpt")
    submission.save(update_fields=written)
