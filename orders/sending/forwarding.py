"""Giving an order to its provider at most once. The protocol, step by step: docs/forwarding.md.

    begin   one transaction: claim the queued row, write the attempt, commit. Before DNS or connect.
    send    one POST, no transaction open, never after the fence, never twice.
    finish  one transaction: compare-and-set the attempt to what the answer proves.

A worker that dies in between leaves an attempt whose lease runs out: the sweep makes it
*uncertain*, never queued again. Only proof that nothing was sent puts an order back.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts import cases, switches
from accounts.models import Case, KillSwitch
from orders import lifecycle
from orders.models import Order, OrderQuerySet, Status, Submission
from orders.polling import first_poll_at
from orders.sending.fields import fields_of
from services.endpoints import dialect_of, endpoint_of
from services.pausing import pause_provider
from services.providers import client
from services.providers.dialect import Dialect
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused

logger = logging.getLogger(__name__)

# A send must begin within FENCE and then ends within the client's own deadline (20 s): what
# outlives the lease has no thread behind it any more.
FENCE_SECONDS = 20.0
LEASE_SECONDS = 60.0
FIRST_BACK_OFF_SECONDS = 5
LONGEST_BACK_OFF_SECONDS = 15 * 60
# Of a worker's sixteen threads, one provider that hangs may hold these; the rest serve others.
IN_FLIGHT_PER_PROVIDER = 4
ORDERS_PER_TURN = 100
# A database that is away for a moment must not turn a known answer into a doubt.
PAUSES_BEFORE_FINISH_SECONDS = (0.0, 0.2, 1.0, 3.0)

State = Submission.State
Sender = Callable[["Attempt"], "Outcome"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is needed to send, read before the transaction closed. Nothing of the customer."""

    submission_id: int
    order_id: int
    provider_id: int
    endpoint: client.Endpoint
    dialect: Dialect
    service: str
    fields: dict[str, str]
    send_not_after: float


@dataclass(frozen=True, slots=True)
class Accepted:
    external_id: str


Outcome = Accepted | Refused | NotSent | OutcomeUnknown


def send(attempt: Attempt) -> Outcome:
    """One POST to the provider; every way it can end is a value, not an exception."""
    try:
        external_id = client.add(
            attempt.endpoint,
            service=attempt.service,
            fields=attempt.fields,
            dialect=attempt.dialect,
            send_not_after=attempt.send_not_after,
        )
    except (Refused, NotSent, OutcomeUnknown) as outcome:
        return outcome
    return Accepted(external_id)


def forward(*, order_id: int, sender: Sender = send) -> None:
    """Forwards an order if it is due and nobody else is at it, then its provider's next ones.

    Going on keeps a lane busy that has only so many places; it ends at the first answer that is
    neither yes nor no, because the next one would most likely be the same.
    """
    attempt = begin(order_id=order_id, at=timezone.now())
    for _turn in range(ORDERS_PER_TURN):
        if attempt is None or not _carry_out(attempt, sender):
            return
        attempt = begin_next(provider_id=attempt.provider_id, at=timezone.now())


def _carry_out(attempt: Attempt, sender: Sender) -> bool:
    outcome = sender(attempt)
    if isinstance(outcome, Accepted):
        # Whatever happens to the database now, this number is on record.
        logger.info("order %s: accepted as %s", attempt.order_id, outcome.external_id)
    _finish_patiently(attempt=attempt, outcome=outcome)
    return isinstance(outcome, Accepted | Refused)


def begin(*, order_id: int, at: datetime) -> Attempt | None:
    """Claims a due order and commits the intent to send it; None when it is not ours to send."""
    return _claim(Order.objects.due_for_forwarding(at=at).filter(pk=order_id), at=at)


def begin_next(*, provider_id: int, at: datetime) -> Attempt | None:
    """Claims the order of this provider that has waited longest, if one is due."""
    due = Order.objects.due_for_forwarding(at=at)
    mine = due.filter(offer__provider=provider_id)
    return _claim(mine.order_by("not_before"), at=at)


def _claim(due: OrderQuerySet, *, at: datetime) -> Attempt | None:
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return None
    clock = time.monotonic()
    with transaction.atomic():
        order = (
            due.select_related("offer__provider")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if order is None or _is_lane_full(order):
            return None
        return _write_attempt(order=order, at=at, send_not_after=clock + FENCE_SECONDS)


def _is_lane_full(order: Order) -> bool:
    offer = order.offer
    if offer is None:
        return True
    flying = Submission.objects.in_flight(provider_id=offer.provider_id)
    return flying.count() >= IN_FLIGHT_PER_PROVIDER


def _write_attempt(*, order: Order, at: datetime, send_not_after: float) -> Attempt | None:
    offer = order.offer
    if offer is None:
        return None
    fields = fields_of(order)
    content = json.dumps([offer.external_id, sorted(fields.items())])
    submission = Submission.objects.create(
        order=order,
        provider=offer.provider,
        provider_service_id=offer.external_id,
        state=State.SUBMITTING,
        request_hash=hashlib.sha256(content.encode()).hexdigest(),
        request=fields,
        lease_until=at + timedelta(seconds=LEASE_SECONDS),
        started_at=at,
    )
    lifecycle.advance(order=order, to=Status.SUBMITTING, at=at)
    return Attempt(
        submission_id=submission.pk,
        order_id=order.pk,
        provider_id=offer.provider_id,
        endpoint=endpoint_of(offer.provider),
        dialect=dialect_of(offer.provider),
        service=offer.external_id,
        fields=fields,
        send_not_after=send_not_after,
    )


def _finish_patiently(*, attempt: Attempt, outcome: Outcome) -> None:
    """Tries again while the database is away; after that the sweep finds the attempt."""
    for pause_seconds in PAUSES_BEFORE_FINISH_SECONDS:
        time.sleep(pause_seconds)
        try:
            finish(attempt=attempt, outcome=outcome, at=timezone.now())
        except OperationalError:
            logger.warning("order %s: the answer could not be written", attempt.order_id)
            connection.close()
        else:
            return


def finish(*, attempt: Attempt, outcome: Outcome, at: datetime) -> None:
    """Writes what the answer proves. An attempt that the sweep has meanwhile called uncertain
    may still turn out accepted; nothing else leaves that state without a decision of staff."""
    try:
        with transaction.atomic():
            _record(attempt=attempt, outcome=outcome, at=at)
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        # The provider gave a number that it has given before: something was created, but what?
        logger.warning("order %s: the provider repeated a number", attempt.order_id)
        reused = OutcomeUnknown("the provider repeated a number", candidate_id=_number_in(outcome))
        with transaction.atomic():
            _record(attempt=attempt, outcome=reused, at=at)


def _number_in(outcome: Outcome) -> str | None:
    return outcome.external_id if isinstance(outcome, Accepted) else None


def _record(*, attempt: Attempt, outcome: Outcome, at: datetime) -> None:
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    submission = Submission.objects.select_for_update().get(pk=attempt.submission_id)
    if submission.state == State.UNCERTAIN and not isinstance(outcome, Accepted):
        return
    if submission.state not in (State.SUBMITTING, State.UNCERTAIN):
        _note_too_late(order=order, outcome=outcome, at=at)
        return
    match outcome:
        case Accepted(external_id):
            _accept(order=order, submission=submission, external_id=external_id, at=at)
        case Refused():
            _close(submission, State.REFUSED, reason=outcome.text, at=at)
            lifecycle.cancel_in_full(order=order, at=at, reason="refused")
        case NotSent():
            _close(submission, State.NOT_SENT, reason=outcome.reason, at=at)
            _queue_again(order=order, provider_id=submission.provider_id, outcome=outcome, at=at)
        case OutcomeUnknown():
            submission.excerpt = outcome.excerpt
            submission.candidate_id = (outcome.candidate_id or "")[:300]
            doubt(order=order, submission=submission, reason=outcome.reason, at=at)
        case _:
            assert_never(outcome)


def _note_too_late(*, order: Order, outcome: Outcome, at: datetime) -> None:
    """Staff decided before the answer came. If something was created after all, they must know."""
    if isinstance(outcome, Accepted) and outcome.external_id != order.external_id:
        cases.raise_case(
            kind=Case.Kind.ORDER_REVIEW,
            key=order.reference,
            detail=f"accepted as {outcome.external_id} after it had been decided",
            at=at,
        )


def _accept(*, order: Order, submission: Submission, external_id: str, at: datetime) -> None:
    submission.external_id = external_id
    _close(submission, State.ACCEPTED, reason="", at=at)
    order.provider_id = submission.provider_id
    order.external_id = external_id
    order.sent_at = at
    order.next_poll_at = first_poll_at(at=at)
    order.save(update_fields=["provider", "external_id", "sent_at", "next_poll_at"])
    lifecycle.advance(order=order, to=Status.PENDING, at=at)
    cases.resolve_case(
        kind=Case.Kind.ORDER_UNCERTAIN, key=order.reference, resolution="accepted", at=at
    )


def _queue_again(*, order: Order, provider_id: int, outcome: NotSent, at: datetime) -> None:
    lifecycle.advance(order=order, to=Status.QUEUED, at=at, reason=outcome.reason)
    order.not_before = at + timedelta(seconds=_back_off_seconds(order=order, outcome=outcome))
    order.save(update_fields=["not_before"])
    if isinstance(outcome, AccountRefused):
        # Our account there is refused: every further order would be refused as well.
        pause_provider(provider_id=provider_id, reason=outcome.text, at=at)


def _back_off_seconds(*, order: Order, outcome: NotSent) -> float:
    if outcome.retry_after_seconds is not None:
        return min(outcome.retry_after_seconds, LONGEST_BACK_OFF_SECONDS)
    tries = order.submissions.filter(state=State.NOT_SENT).count()
    return float(min(FIRST_BACK_OFF_SECONDS * 2 ** min(tries, 10), LONGEST_BACK_OFF_SECONDS))


def doubt(*, order: Order, submission: Submission, reason: str, at: datetime) -> None:
    """The outcome of a locked attempt is unknown: the money stays in escrow, staff decide."""
    _close(submission, State.UNCERTAIN, reason=reason, at=at)
    lifecycle.advance(order=order, to=Status.UNCERTAIN, at=at, reason=reason)
    cases.raise_case(kind=Case.Kind.ORDER_UNCERTAIN, key=order.reference, detail=reason, at=at)


def _close(submission: Submission, state: Submission.State, *, reason: str, at: datetime) -> None:
    submission.state = state
    submission.reason = reason[:200]
    submission.finished_at = at
    submission.save()
