"""Delivering messages: the row is the queue, one delivery at a time for each endpoint.

    take     a lane: one worker for one endpoint, and few lanes at once for all of them, so that
             receivers that hang leave most of the threads to orders.
    claim    the oldest due message, put off by a lease in a transaction of its own.
    send     one POST; no transaction is open.
    finish   delivered, tried again later, or given up; the endpoint rests, or ends.

At least once: a worker that dies in between leaves a lease that runs out, and the message goes out
again under the same webhook-id. Messages of suspended and frozen customers wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from orders.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from orders.sending.patience import patiently
from orders.webhooks import clocks
from orders.webhooks.ending import end
from orders.webhooks.sealing import secrets_of
from orders.webhooks.sending import GONE, Call, Outcome, send
from orders.webhooks.wording import body_of

logger = logging.getLogger(__name__)

# Of the sixteen threads of a worker, whatever receivers do.
LANES = 4
LANES_PER_SWEEP = 20
MESSAGES_PER_TURN = 50
TURN_SECONDS = 20.0
# Of the lock that those who take lanes take turns at; any number that nobody else uses.
_TURNSTILE = 7_306_501

# What a delivery may change of its endpoint.
_FOUND_OUT = ("failing_since", "failures_in_a_row", "rests_until", "disabled_at", "disabled_as")

Disabled = WebhookEndpoint.Disabled
Sender = Callable[[Call], Outcome]


def lanes_due(*, at: datetime) -> list[int]:
    """Endpoints that something waits for and nobody delivers to; who was served longest ago first,
    so that a long queue keeps nobody else out."""
    due = WebhookMessage.objects.due(at=at).filter(endpoint=OuterRef("pk"))
    busy = WebhookEndpoint.objects.filter(customer=OuterRef("customer"), lane_until__gt=at)
    lanes = WebhookEndpoint.objects.open_lanes(at=at).filter(Exists(due), ~Exists(busy))
    in_turn = lanes.order_by(F("lane_until").asc(nulls_first=True), "pk")
    return list(in_turn.values_list("pk", flat=True)[:LANES_PER_SWEEP])


def deliver(*, endpoint_id: int, sender: Sender = send) -> int:
    """One turn in an endpoint's lane; returns how many messages were tried. It ends with the first
    that fails, and after a while, so that others get their turn."""
    if not take_lane(endpoint_id=endpoint_id, at=timezone.now()):
        return 0
    until, tried, call = time.monotonic() + TURN_SECONDS, 0, None
    try:
        while tried < MESSAGES_PER_TURN and time.monotonic() < until:
            claimed = claim(endpoint_id=endpoint_id, at=timezone.now())
            if claimed is None:
                break
            call, tried = claimed, tried + 1
            outcome = sender(call)
            _finish_patiently(call, outcome)
            if not outcome.is_delivered:
                break
    finally:
        # Whatever went wrong with one message, the lane is not kept from the others.
        _leave_lane(endpoint_id, call)
    return tried


def take_lane(*, endpoint_id: int, at: datetime) -> bool:
    """Whether this worker may deliver to the endpoint now: nobody else does, lanes are left, and
    its customer has no other."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURNSTILE])
        busy = WebhookEndpoint.objects.filter(lane_until__gt=at)
        of_same = busy.filter(customer__webhook_endpoints=endpoint_id)
        # One customer's receivers that are slow to answer keep nobody else out.
        if busy.count() >= LANES or of_same.exists():
            return False
        mine = WebhookEndpoint.objects.open_lanes(at=at).filter(pk=endpoint_id)
        return mine.update(lane_until=at + clocks.LEASE) > 0


def _leave_lane(endpoint_id: int, last: Call | None) -> None:
    """It is free again, unless the lease ran out and somebody else has it."""
    mine = WebhookEndpoint.objects.filter(pk=endpoint_id)
    if last is not None:
        mine = mine.filter(lane_until=last.lease_until)
    mine.update(lane_until=timezone.now())


def claim(*, endpoint_id: int, at: datetime) -> Call | None:
    """The oldest due message of a served endpoint, leased; None when there is none."""
    with transaction.atomic():
        # Not the key: messages are written for the endpoint all the time.
        served = WebhookEndpoint.objects.served().select_for_update(of=("self",), no_key=True)
        endpoint = served.filter(pk=endpoint_id).first()
        due = WebhookMessage.objects.due(at=at).filter(endpoint=endpoint_id)
        message = due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True).first()
        if endpoint is None or message is None:
            return None
        message.attempts += 1
        message.next_attempt_at = endpoint.lane_until = at + clocks.LEASE
        message.save(update_fields=["attempts", "next_attempt_at"])
        endpoint.save(update_fields=["lane_until"])
        return _call(endpoint, message, at=at)


def _call(endpoint: WebhookEndpoint, message: WebhookMessage, *, at: datetime) -> Call:
    return Call(
        endpoint_id=endpoint.pk,
        message_id=message.pk,
        attempt=message.attempts,
        webhook_id=message.webhook_id,
        url=endpoint.url,
        secrets=tuple(secrets_of(endpoint, at=at)),
        body=body_of(message),
        lease_until=message.next_attempt_at,
    )


def _finish_patiently(call: Call, outcome: Outcome) -> None:
    patiently(
        lambda: finish(call=call, outcome=outcome, at=timezone.now()),
        about=f"message {call.message_id}",
    )


def finish(*, call: Call, outcome: Outcome, at: datetime) -> None:
    """Writes down what came of a try. Nothing where its owner has deleted the endpoint since."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = locked.filter(pk=call.endpoint_id).first()
        message = WebhookMessage.objects.select_for_update().filter(pk=call.message_id).first()
        if endpoint is None or message is None:
            return
        WebhookAttempt.objects.create(
            message=message,
            http_status=outcome.http_status,
            error=outcome.error,
            took_ms=outcome.took_ms,
            excerpt=outcome.excerpt,
            at=at,
        )
        if outcome.is_delivered:
            _note_success(endpoint, message, at=at)
        else:
            _note_failure(endpoint, message, call, outcome, at=at)
        endpoint.save(update_fields=_FOUND_OUT)
        message.save(update_fields=["next_attempt_at", "delivered_at", "given_up_at"])


def _note_success(endpoint: WebhookEndpoint, message: WebhookMessage, *, at: datetime) -> None:
    message.delivered_at = message.delivered_at or at
    endpoint.failing_since = endpoint.rests_until = None
    endpoint.failures_in_a_row = 0


def _note_failure(
    endpoint: WebhookEndpoint,
    message: WebhookMessage,
    call: Call,
    outcome: Outcome,
    *,
    at: datetime,
) -> None:
    if message.attempts == call.attempt and message.delivered_at is None:
        later = clocks.next_attempt_at(
            message_id=message.pk,
            attempts=message.attempts,
            at=at,
            wish_seconds=outcome.retry_after_seconds,
        )
        message.next_attempt_at = later or message.next_attempt_at
        message.given_up_at = None if later else at
    endpoint.failing_since = endpoint.failing_since or at
    endpoint.failures_in_a_row += 1
    endpoint.rests_until = clocks.rests_until(failures=endpoint.failures_in_a_row, at=at)
    logger.info("webhook %s: %s %s", endpoint.pk, outcome.http_status, outcome.error)
    _end_if_dead(endpoint, outcome, at=at)


def _end_if_dead(endpoint: WebhookEndpoint, outcome: Outcome, *, at: datetime) -> None:
    failing_since = endpoint.failing_since or at
    if not endpoint.is_live:
        return
    if outcome.http_status == GONE:
        end(endpoint, why=Disabled.GONE, at=at)
    elif failing_since <= at - clocks.ENDED_AFTER:
        end(endpoint, why=Disabled.FAILING, at=at)
