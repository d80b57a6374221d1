"""Passing a refill or a cancel on to the order's provider: one call ever for each request.

As for orders themselves (docs/forwarding.md): the intent is committed before the first byte, no
transaction is open while a provider is spoken to, and what may have arrived is never sent again.

    begin   the request goes ASKED -> SENDING, with a lease.
    send    one POST, never after the fence.
    finish  compare-and-set: SENT, DECLINED, UNCERTAIN; ASKED again only where nothing was sent.

A worker that dies in between leaves a lease that runs out: the sweep calls the request uncertain.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import switches
from accounts.models import KillSwitch
from orders.followups import clocks
from orders.followups.closing import close, tell
from orders.followups.reasons import End
from orders.models import FINAL, FollowUp, Order, Status
from orders.sending.patience import patiently
from services.endpoints import dialect_of, endpoint_of
from services.pausing import pause_provider
from services.providers import client
from services.providers.dialect import Dialect
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused

logger = logging.getLogger(__name__)

FENCE_SECONDS = 20.0
LEASE_SECONDS = 60.0
# A provider that hangs may hold these threads of a worker; orders have their own.
IN_FLIGHT_PER_PROVIDER = 2
CALLS_PER_TURN = 50

Kind, State = FollowUp.Kind, FollowUp.State


@dataclass(frozen=True, slots=True)
class Call:
    """What is needed to send, read before the transaction closed. Nothing of the customer."""

    follow_up_id: int
    order_id: int
    kind: FollowUp.Kind
    provider_id: int
    endpoint: client.Endpoint
    dialect: Dialect
    external_id: str
    send_not_after: float


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider will look into it; `refill_id` is what it calls the refill, if it says so."""

    refill_id: str | None = None


Outcome = Taken | Refused | NotSent | OutcomeUnknown
Sender = Callable[[Call], Outcome]


def send(call: Call) -> Outcome:
    """One POST to the provider; every way it can end is a value, not an exception."""
    act = client.refill if call.kind == Kind.REFILL else _cancel
    try:
        number = act(
            call.endpoint,
            external_id=call.external_id,
            dialect=call.dialect,
            send_not_after=call.send_not_after,
        )
    except (Refused, NotSent, OutcomeUnknown) as outcome:
        return outcome
    return Taken(number)


def _cancel(
    endpoint: client.Endpoint, *, external_id: str, dialect: Dialect, send_not_after: float | None
) -> None:
    client.cancel(endpoint, external_id=external_id, dialect=dialect, send_not_after=send_not_after)


def providers_with_due(*, at: datetime) -> list[int]:
    """Who is to be asked something now; nobody while forwarding is switched off."""
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return []
    due = FollowUp.objects.due_for_sending(at=at).order_by()
    return [number for number in due.values_list("provider_id", flat=True).distinct() if number]


def send_due(*, provider_id: int, sender: Sender = send) -> int:
    """Sends what is due at one provider, the longest wait first; returns how many calls it made.
    It ends at the first answer that is neither yes nor no: the next would be the same."""
    calls = 0
    mine = FollowUp.objects.due_for_sending(at=timezone.now()).filter(provider=provider_id)
    for follow_up_id in mine.order_by("asked_at").values_list("pk", flat=True)[:CALLS_PER_TURN]:
        call = begin(follow_up_id=follow_up_id, at=timezone.now())
        if call is None:
            continue
        calls += 1
        outcome = sender(call)
        _finish_patiently(call=call, outcome=outcome)
        if not isinstance(outcome, Taken | Refused):
            break
    return calls


def begin(*, follow_up_id: int, at: datetime) -> Call | None:
    """Claims a due request and commits the intent to send it; None where it is not ours to send,
    or where the order has moved on so that it would be senseless."""
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return None
    clock = time.monotonic()
    with transaction.atomic():
        order = Order.objects.select_for_update().get(follow_ups=follow_up_id)
        due = FollowUp.objects.due_for_sending(at=at).select_related("provider")
        follow_up = (
            due.select_for_update(skip_locked=True, of=("self",)).filter(pk=follow_up_id).first()
        )
        if follow_up is None or _is_full(follow_up) or _is_senseless(follow_up, order):
            return None
        return _claim(follow_up, order, at=at, send_not_after=clock + FENCE_SECONDS)


def _is_full(follow_up: FollowUp) -> bool:
    flying = FollowUp.objects.filter(state=State.SENDING, provider=follow_up.provider_id)
    return flying.count() >= IN_FLIGHT_PER_PROVIDER


def _is_senseless(follow_up: FollowUp, order: Order) -> bool:
    """A refill of what is not complete any more, a cancel of what has ended: `following` closes
    those. What is called back at our own cost has ended for its customer alone."""
    if follow_up.kind == Kind.REFILL:
        return order.status != Status.COMPLETED
    return order.status in FINAL and follow_up.asked_by_id is not None


def _claim(
    follow_up: FollowUp, order: Order, *, at: datetime, send_not_after: float
) -> Call | None:
    provider = follow_up.provider
    number = order.external_id if follow_up.kind == Kind.REFILL else follow_up.external_id
    if provider is None or number is None:
        return None
    try:
        dialect = dialect_of(provider)
    except NotSent:
        return None  # It waits; the questions about our balance tell staff.
    follow_up.state = State.SENDING
    follow_up.lease_until = at + timedelta(seconds=LEASE_SECONDS)
    follow_up.save(update_fields=["state", "lease_until"])
    return Call(
        follow_up_id=follow_up.pk,
        order_id=order.pk,
        kind=Kind(follow_up.kind),
        provider_id=provider.pk,
        endpoint=endpoint_of(provider),
        dialect=dialect,
        external_id=number,
        send_not_after=send_not_after,
    )


def _finish_patiently(*, call: Call, outcome: Outcome) -> None:
    patiently(
        lambda: finish(call=call, outcome=outcome, at=timezone.now()),
        about=f"request {call.follow_up_id}",
    )


def finish(*, call: Call, outcome: Outcome, at: datetime) -> None:
    """Writes what the answer proves. A request that the sweep has meanwhile called uncertain may
    still turn out taken; nothing else leaves that state without staff or the order's reports."""
    try:
        with transaction.atomic():
            _record(call=call, outcome=outcome, at=at)
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        # The number of a refill that the provider has given before: a refill of what?
        repeated = OutcomeUnknown("the provider repeated a number")
        with transaction.atomic():
            _record(call=call, outcome=repeated, at=at)


def _record(*, call: Call, outcome: Outcome, at: datetime) -> None:
    order = Order.objects.select_for_update().get(pk=call.order_id)
    follow_up = FollowUp.objects.select_for_update().get(pk=call.follow_up_id)
    is_doubted = follow_up.state == State.UNCERTAIN and isinstance(outcome, Taken)
    if follow_up.state != State.SENDING and not is_doubted:
        return
    match outcome:
        case Taken(refill_id):
            _note_taken(follow_up, order, refill_id, at=at)
        case Refused():
            follow_up.excerpt, follow_up.sent_at = outcome.text[:500], at
            close(follow_up=follow_up, order=order, to=State.DECLINED, end=End.REFUSED, at=at)
        case NotSent():
            _wait(follow_up, outcome, at=at)
        case OutcomeUnknown():
            follow_up.excerpt = outcome.excerpt
            doubt(follow_up=follow_up, order=order, at=at)
        case _:
            assert_never(outcome)


def _note_taken(follow_up: FollowUp, order: Order, refill_id: str | None, *, at: datetime) -> None:
    follow_up.state, follow_up.sent_at, follow_up.lease_until = State.SENT, at, None
    if follow_up.kind == Kind.REFILL:
        follow_up.external_id = refill_id
        follow_up.next_poll_at = refill_id and clocks.next_refill_poll_at(
            asked_at=follow_up.asked_at, at=at
        )
    elif follow_up.external_id != order.external_id:
        follow_up.next_poll_at = clocks.next_orphan_poll_at(at=at)
    follow_up.save()
    tell(follow_up=follow_up, order=order, at=at)


def _wait(follow_up: FollowUp, outcome: NotSent, *, at: datetime) -> None:
    follow_up.state, follow_up.lease_until = State.ASKED, None
    follow_up.not_before = clocks.next_try_at(
        asked_at=follow_up.asked_at, at=at, wish_seconds=outcome.retry_after_seconds
    )
    follow_up.save(update_fields=["state", "lease_until", "not_before"])
    if isinstance(outcome, AccountRefused) and follow_up.provider_id is not None:
        pause_provider(provider_id=follow_up.provider_id, reason=outcome.text, at=at)


def doubt(*, follow_up: FollowUp, order: Order, at: datetime) -> None:
    """The outcome of a locked request is unknown: it is never sent again by itself."""
    follow_up.state, follow_up.sent_at, follow_up.lease_until = State.UNCERTAIN, at, None
    follow_up.save()
    tell(follow_up=follow_up, order=order, at=at)


def sweep_expired_leases(*, at: datetime) -> int:
    """Calls requests uncertain whose worker is gone; returns how many. Never asks one again."""
    expired = FollowUp.objects.expired(at=at).values_list("pk", "order_id")
    return sum(_sweep(pk, order_id, at=at) for pk, order_id in expired)


def _sweep(follow_up_id: int, order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        expired = FollowUp.objects.expired(at=at).select_for_update()
        follow_up = expired.filter(pk=follow_up_id).first()
        if follow_up is not None:
            doubt(follow_up=follow_up, order=order, at=at)
    return follow_up is not None
