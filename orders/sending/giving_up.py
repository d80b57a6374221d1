"""Uncertain orders that nobody decided in the time that their terms allow: refunded by the panel
(`order.uncertain_refund_after`, DEL-11). What the provider turns out to have is an orphan then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from legal.terms import policy_of
from orders.models import Status, Submission
from orders.sending import resolving
from orders.sending.deciding import AlreadyDecided, Decision

REASON = "undecided_for_too_long"
MOST_PER_RUN = 200


def give_up_undecided(*, at: datetime) -> int:
    """Refunds what is overdue, each order once; returns how many."""
    undecided = Submission.objects.filter(
        state=Submission.State.UNCERTAIN, order__status=Status.UNCERTAIN
    )
    oldest_first = undecided.order_by("finished_at", "pk")
    rows = oldest_first.values_list("pk", "order_id", "order__publication_id", "finished_at")
    given_up = 0
    for submission_id, order_id, publication_id, since in rows[:MOST_PER_RUN]:
        if since is not None and since + _patience(publication_id) <= at:
            given_up += _give_up(submission_id=submission_id, order_id=order_id, at=at)
    return given_up


def _give_up(*, submission_id: int, order_id: int, at: datetime) -> bool:
    decision = Decision(
        order_id=order_id, submission_id=submission_id, actor=None, reason=REASON, at=at
    )
    try:
        resolving.refund(decision=decision)
    except AlreadyDecided:
        return False
    return True


def _patience(publication_id: int) -> timedelta:
    return policy_of(publication_id).order_uncertain_refund_after.to_timedelta()
