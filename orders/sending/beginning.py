"""The first step of the protocol: queued rows are claimed and the intent to send them is committed,
one order or a whole wave in one transaction (docs/forwarding.md).

Of a wave no order waits for another: it is never larger than what leaves at once.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts import switches
from accounts.models import KillSwitch
from orders import lifecycle
from orders.models import Order, OrderQuerySet, Status, Submission
from orders.sending import lanes
from orders.sending.attempts import Attempt
from orders.sending.fields import fields_of
from services import breaking
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider, ProviderService
from services.providers.errors import NotSent

# A send must begin within FENCE and then ends within the client's own deadline (20 s): what
# outlives the lease has no thread behind it any more.
FENCE_SECONDS = 20.0
LEASE_SECONDS = 60.0
# The most that one turn sends at once, however wide the lane is: each has a thread.
WAVE = 32


def begin(*, order_id: int, at: datetime) -> Attempt | None:
    """Claims a due order and commits the intent to send it; None when it is not ours to send."""
    due = Order.objects.due_for_forwarding(at=at).filter(pk=order_id)
    return next(iter(_claim(due, at=at, most=1)), None)


def begin_wave(*, provider_id: int, at: datetime) -> list[Attempt]:
    """Claims the orders of this provider that have waited longest, as many as may leave now."""
    # No more rows are locked than could leave: others may be looking for the same ones.
    width = Provider.objects.values_list("lane_width", flat=True).get(pk=provider_id)
    mine = Order.objects.due_for_forwarding(at=at).filter(offer__provider=provider_id)
    return _claim(mine.order_by("not_before"), at=at, most=min(WAVE, width))


def _claim(due: OrderQuerySet, *, at: datetime, most: int) -> list[Attempt]:
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return []
    clock = time.monotonic()
    with transaction.atomic():
        unlocked = due.select_related("offer").select_for_update(skip_locked=True, of=("self",))
        found = [(order, order.offer) for order in unlocked[:most] if order.offer is not None]
        return _write(found, at=at, send_not_after=clock + FENCE_SECONDS) if found else []


def _write(
    claimed: Sequence[tuple[Order, ProviderService]], *, at: datetime, send_not_after: float
) -> list[Attempt]:
    """`claimed` are locked orders of one provider; what finds no place in its lane stays queued."""
    provider, places = lanes.places_for(provider_id=claimed[0][1].provider_id, at=at)
    if places <= 0:
        return []
    try:
        dialect = dialect_of(provider)
    except NotSent:
        breaking.note_failure(provider_id=provider.pk, at=at)
        return []
    leaving = claimed[:places]
    submissions = Submission.objects.bulk_create(
        _submission(order, offer, provider, at) for order, offer in leaving
    )
    lifecycle.advance_together(orders=[one for one, _offer in leaving], to=Status.SUBMITTING, at=at)
    endpoint = endpoint_of(provider)
    return [
        Attempt(
            submission_id=submission.pk,
            order_id=submission.order_id,
            provider_id=provider.pk,
            endpoint=endpoint,
            dialect=dialect,
            service=submission.provider_service_id,
            fields=submission.request,
            send_not_after=send_not_after,
            is_on_trial=provider.failures_in_a_row > 0,
        )
        for submission in submissions
    ]


def _submission(
    order: Order, offer: ProviderService, provider: Provider, at: datetime
) -> Submission:
    fields = fields_of(order)
    content = json.dumps([offer.external_id, sorted(fields.items())])
    return Submission(
        order=order,
        provider=provider,
        provider_service_id=offer.external_id,
        state=Submission.State.SUBMITTING,
        request_hash=hashlib.sha256(content.encode()).hexdigest(),
        request=fields,
        lease_until=at + timedelta(seconds=LEASE_SECONDS),
        started_at=at,
    )
