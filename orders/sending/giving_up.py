"""Uncertain orders that nobody decided in the time that their terms allow: refunded by the panel
(`order.uncertain_refund_after`, DEL-11). What the provider turns out to have is an orphan then.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts import sweeps
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
    terms = undecided.order_by().values_list("order__publication_id", flat=True).distinct()
    overdue = [one for publication_id in terms for one in _overdue(undecided, publication_id, at)]
    return sweeps.each("submission", overdue[:MOST_PER_RUN], lambda one: _give_up(one, at=at))


def _overdue(undecided: QuerySet[Submission], publication_id: int, at: datetime) -> list[int]:
    """Oldest first, of one publication: others may be older and not due for long."""
    patience = policy_of(publication_id).order_uncertain_refund_after.to_timedelta()
    late = undecided.filter(order__publication=publication_id, finished_at__lte=at - patience)
    return list(late.order_by("finished_at", "pk").values_list("pk", flat=True)[:MOST_PER_RUN])


def _give_up(submission_id: int, *, at: datetime) -> bool:
    order_id = Submission.objects.values_list("order_id", flat=True).get(pk=submission_id)
    decision = Decision(
        order_id=order_id, submission_id=submission_id, actor=None, reason=REASON, at=at
    )
    try:
        resolving.refund(decision=decision)
    except AlreadyDecided:
        return False
    return True
