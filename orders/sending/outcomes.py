"""Writing down what an answer proves: the last step of the protocol (docs/forwarding.md).

One transaction moves the attempt by compare-and-set. An attempt that the sweep has meanwhile called
uncertain may still turn out accepted; nothing else leaves that state without a decision.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from django.db import IntegrityError, connection, transaction

from orders import lifecycle
from orders.models import Order, OrderEvent, Status, Submission
from orders.sending import alternatives, doubts, orphans
from orders.sending.attempts import Accepted, Attempt, Outcome
from services import breaking
from services.pausing import pause_provider
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused

logger = logging.getLogger(__name__)

FIRST_BACK_OFF_SECONDS = 5
LONGEST_BACK_OFF_SECONDS = 15 * 60
# Says nothing about the provider's health: our own delay, and one customer's link.
_OURS = "fence"
_ABOUT_A_LINK = "duplicate_link"

State = Submission.State

_ACCEPTED = """
    WITH answered (submission_id, order_id, external_id, status, expected_by) AS (
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
    ), closed AS (
        UPDATE orders_submission s
           SET state = %s, reason = '', finished_at = %s, external_id = answered.external_id
          FROM answered WHERE s.id = answered.submission_id
        RETURNING s.order_id, s.provider_id, answered.external_id, answered.status,
                  answered.expected_by
    )
    UPDATE orders_order o
       SET provider_id = closed.provider_id, external_id = closed.external_id,
           status = closed.status, expected_by = closed.expected_by, sent_at = %s
      FROM closed WHERE o.id = closed.order_id
"""


def finish(*, attempt: Attempt, outcome: Outcome, at: datetime) -> None:
    """Writes what the answer proves about order, attempt and lane."""
    try:
        with transaction.atomic():
            _record(attempt, outcome, at)
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        # The provider gave a number that it has given before: something was created, but what?
        logger.warning("order %s: the provider repeated a number", attempt.order_id)
        reused = OutcomeUnknown("repeated_number", candidate_id=_number_in(outcome))
        with transaction.atomic():
            _record(attempt, reused, at)


def finish_accepted(*, answers: Sequence[tuple[Attempt, Accepted]], at: datetime) -> set[int]:
    """Writes what a wave was accepted as, in one transaction; returns the orders that were written.

    Only what is as it was when it left. The others, and all of them when a number was given before,
    are for `finish`.
    """
    numbers = {attempt.submission_id: accepted.external_id for attempt, accepted in answers}
    try:
        with transaction.atomic():
            taken = _take_accepted(numbers, at)
    except (IntegrityError, lifecycle.ImpossibleTransition):
        logger.warning("a wave of %s accepted orders is written one by one", len(answers))
        return set()
    if any(attempt.is_on_trial for attempt, _accepted in answers):
        breaking.note_answer(provider_id=answers[0][0].provider_id)
    return taken


def _take_accepted(numbers: Mapping[int, str], at: datetime) -> set[int]:
    """By number of the attempt. Locks orders by number, then their attempts."""
    of_these = Order.objects.filter(submissions__in=numbers).order_by("pk")
    orders = {order.pk: order for order in of_these.select_for_update(of=("self",))}
    flying = Submission.objects.filter(pk__in=numbers, state=State.SUBMITTING).order_by("pk")
    submissions = list(flying.select_for_update())
    events, rows = [], []
    for submission in submissions:
        order = orders[submission.order_id]
        order.provider_id, order.external_id = submission.provider_id, numbers[submission.pk]
        events.append(lifecycle.move(order=order, to=Status.PENDING, at=at))
        rows.append((submission.pk, order.pk, order.external_id, order.status, order.expected_by))
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_ACCEPTED, [*columns, State.ACCEPTED, at, at])
        OrderEvent.objects.bulk_create(events)
    return {submission.order_id for submission in submissions}


def _number_in(outcome: Outcome) -> str | None:
    return outcome.external_id if isinstance(outcome, Accepted) else None


def _record(attempt: Attempt, outcome: Outcome, at: datetime) -> None:
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    submission = Submission.objects.select_for_update().get(pk=attempt.submission_id)
    if submission.state == State.UNCERTAIN and not isinstance(outcome, Accepted):
        return
    if submission.state not in (State.SUBMITTING, State.UNCERTAIN):
        _note_too_late(order=order, submission=submission, outcome=outcome, at=at)
        return
    _write(order, submission, outcome, at)
    _tell_the_lane(attempt, outcome, at)


def _write(order: Order, submission: Submission, outcome: Outcome, at: datetime) -> None:
    match outcome:
        case Accepted(external_id):
            _accept(order=order, submission=submission, external_id=external_id, at=at)
        case Refused():
            doubts.close(submission, State.REFUSED, reason=outcome.text, at=at)
            alternatives.pass_on(order=order, at=at)
        case NotSent():
            doubts.close(submission, State.NOT_SENT, reason=outcome.reason, at=at)
            _queue_again(order=order, outcome=outcome, at=at)
        case OutcomeUnknown():
            submission.excerpt = outcome.excerpt
            submission.candidate_id = (outcome.candidate_id or "")[:300]
            doubts.doubt(order=order, submission=submission, reason=outcome.reason, at=at)
        case _:
            assert_never(outcome)


def _tell_the_lane(attempt: Attempt, outcome: Outcome, at: datetime) -> None:
    """After the order, so that every transaction locks orders before providers."""
    provider_id = attempt.provider_id
    match outcome:
        case Accepted() | Refused() if attempt.is_on_trial:
            breaking.note_answer(provider_id=provider_id)
        case AccountRefused():
            # Our account there is refused: every further order would be refused as well.
            pause_provider(provider_id=provider_id, reason=outcome.text, at=at)
        case NotSent() if outcome.reason != _OURS:
            wish = outcome.retry_after_seconds
            breaking.note_failure(provider_id=provider_id, at=at, wish_seconds=wish)
        case OutcomeUnknown() if outcome.reason != _ABOUT_A_LINK:
            breaking.note_failure(provider_id=provider_id, at=at)
        case _:
            pass


def _note_too_late(*, order: Order, submission: Submission, outcome: Outcome, at: datetime) -> None:
    """It was decided before the answer came. What was created after all has no owner now."""
    if isinstance(outcome, Accepted) and outcome.external_id != order.external_id:
        orphans.find(
            provider_id=submission.provider_id,
            external_id=outcome.external_id,
            order=order,
            report={},
            note="accepted after it had been decided",
            at=at,
        )


def _accept(*, order: Order, submission: Submission, external_id: str, at: datetime) -> None:
    was_in_doubt = submission.state == State.UNCERTAIN
    submission.external_id = external_id
    doubts.close(submission, State.ACCEPTED, reason="", at=at)
    order.provider_id = submission.provider_id
    order.external_id = external_id
    order.sent_at = at
    order.save(update_fields=["provider", "external_id", "sent_at"])
    lifecycle.advance(order=order, to=Status.PENDING, at=at)
    if was_in_doubt:
        # Scans list nothing that a request on its way may be given: others need not look.
        orphans.adopt(submission=submission, at=at)
        doubts.settle(order=order, resolution="accepted", at=at)


def _queue_again(*, order: Order, outcome: NotSent, at: datetime) -> None:
    lifecycle.advance(order=order, to=Status.QUEUED, at=at, reason=outcome.reason)
    order.not_before = at + timedelta(seconds=back_off_seconds(order=order, outcome=outcome))
    order.save(update_fields=["not_before"])


def back_off_seconds(*, order: Order, outcome: NotSent) -> float:
    """The pause before the next try: the provider's wish, else 10 s, 20 s, … 15 min."""
    if outcome.retry_after_seconds is not None:
        return min(outcome.retry_after_seconds, LONGEST_BACK_OFF_SECONDS)
    tries = order.submissions.filter(state=State.NOT_SENT).count()
    return float(min(FIRST_BACK_OFF_SECONDS * 2 ** min(tries, 10), LONGEST_BACK_OFF_SECONDS))
