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
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import switches
from accounts.models import KillSwitch
from orders import lifecycle
from orders.models import Order, OrderQuerySet, Status, Submission
from orders.nudging import nudge
from orders.sending import lanes
from orders.sending.attempts import Accepted, Attempt, Outcome
from orders.sending.fields import fields_of
from orders.sending.outcomes import finish
from orders.sending.patience import patiently
from orders.sending.seats import Seat, seat_for
from services import breaking
from services.endpoints import dialect_of, endpoint_of
from services.providers import client
from services.providers.errors import NotSent, OutcomeUnknown, Refused

__all__ = [
    "Accepted",
    "Attempt",
    "Outcome",
    "begin",
    "begin_next",
    "finish",
    "forward",
    "send",
]

logger = logging.getLogger(__name__)

# A send must begin within FENCE and then ends within the client's own deadline (20 s): what
# outlives the lease has no thread behind it any more.
FENCE_SECONDS = 20.0
LEASE_SECONDS = 60.0
# A lane that never runs dry gives its thread back now and then, to whoever has waited.
TURN_SECONDS = 15.0
HANDED_ON = 20

Sender = Callable[[Attempt], Outcome]


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
    neither yes nor no, because the next one would most likely be the same. Does nothing where the
    provider may have no further thread of this worker: the sweep hands the order out again.
    """
    due = Order.objects.due_for_forwarding(at=timezone.now()).filter(pk=order_id)
    provider_id = due.values_list("offer__provider", flat=True).first()
    if provider_id is None:
        return
    with seat_for(provider_id) as seat:
        if seat is not None:
            _keep_the_lane_busy(order_id=order_id, seat=seat, sender=sender)


def _keep_the_lane_busy(*, order_id: int, seat: Seat, sender: Sender) -> None:
    until = time.monotonic() + TURN_SECONDS
    attempt = begin(order_id=order_id, at=timezone.now())
    while attempt is not None:
        outcome = sender(attempt)
        seat.note_answer()
        _write_down(attempt, outcome)
        if not isinstance(outcome, Accepted | Refused):
            return
        if time.monotonic() > until:
            _hand_on(provider_id=seat.provider_id, turn=attempt.order_id)
            return
        attempt = begin_next(provider_id=seat.provider_id, at=timezone.now())


def _hand_on(*, provider_id: int, turn: int) -> None:
    """The lane goes on at once, by whichever worker is free. Threads that end together hand on
    different orders."""
    due = Order.objects.due_for_forwarding(at=timezone.now()).filter(offer__provider=provider_id)
    waiting = due.order_by("not_before").values_list("pk", flat=True)[:HANDED_ON]
    if waiting:
        _nudge(waiting[turn % len(waiting)])


def _nudge(order_id: int) -> None:
    """A broker that is away costs five seconds, no order."""
    transaction.on_commit(lambda: nudge(order_id=order_id), robust=True)


def _write_down(attempt: Attempt, outcome: Outcome) -> None:
    if isinstance(outcome, Accepted):
        # Whatever happens to the database now, this number is on record.
        logger.info("order %s: accepted as %s", attempt.order_id, outcome.external_id)
    patiently(
        lambda: finish(attempt=attempt, outcome=outcome, at=timezone.now()),
        about=f"order {attempt.order_id}",
    )
    if isinstance(outcome, Refused):
        # It may stand in another provider's lane now.
        _nudge(attempt.order_id)


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
            due.select_related("offer").select_for_update(skip_locked=True, of=("self",)).first()
        )
        if order is None:
            return None
        return _write_attempt(order=order, at=at, send_not_after=clock + FENCE_SECONDS)


def _write_attempt(*, order: Order, at: datetime, send_not_after: float) -> Attempt | None:
    offer = order.offer
    provider = lanes.place_for(provider_id=offer.provider_id, at=at) if offer else None
    if offer is None or provider is None:
        return None
    try:
        dialect = dialect_of(provider)
    except NotSent:
        breaking.note_failure(provider_id=provider.pk, at=at)
        return None
    fields = fields_of(order)
    content = json.dumps([offer.external_id, sorted(fields.items())])
    submission = Submission.objects.create(
        order=order,
        provider=provider,
        provider_service_id=offer.external_id,
        state=Submission.State.SUBMITTING,
        request_hash=hashlib.sha256(content.encode()).hexdigest(),
        request=fields,
        lease_until=at + timedelta(seconds=LEASE_SECONDS),
        started_at=at,
    )
    lifecycle.advance(order=order, to=Status.SUBMITTING, at=at)
    return Attempt(
        submission_id=submission.pk,
        order_id=order.pk,
        provider_id=provider.pk,
        endpoint=endpoint_of(provider),
        dialect=dialect,
        service=offer.external_id,
        fields=fields,
        send_not_after=send_not_after,
        is_on_trial=provider.failures_in_a_row > 0,
    )
