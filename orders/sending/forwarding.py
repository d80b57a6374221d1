"""Giving orders to their provider at most once. The protocol, step by step: docs/forwarding.md.

    begin   one transaction: claim queued rows, write the attempts, commit. Before DNS or connect.
    send    one POST each, no transaction open, never after the fence, never twice.
    finish  one transaction: compare-and-set the attempts to what the answers prove.

A worker that dies in between leaves an attempt whose lease runs out: the sweep makes it
*uncertain*, never queued again. Only proof that nothing was sent puts an order back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import transaction
from django.utils import timezone

from orders.models import Order
from orders.nudging import nudge
from orders.sending.attempts import Accepted, Attempt, Outcome
from orders.sending.beginning import begin, begin_wave
from orders.sending.outcomes import finish, finish_accepted
from orders.sending.patience import patiently
from orders.sending.seats import Seat, seat_for
from services.providers import client
from services.providers.errors import NotSent, OutcomeUnknown, Refused

__all__ = [
    "Accepted",
    "Attempt",
    "Outcome",
    "begin",
    "begin_wave",
    "finish",
    "forward",
    "send",
]

logger = logging.getLogger(__name__)

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
    """One order first: what its answer says of the provider decides about a wave of others."""
    until = time.monotonic() + TURN_SECONDS
    first = begin(order_id=order_id, at=timezone.now())
    wave = [] if first is None else [first]
    while wave:
        outcomes = _send_together(wave, sender, seat)
        if not all(isinstance(outcome, Accepted | Refused) for outcome in outcomes):
            return
        if time.monotonic() > until:
            _hand_on(provider_id=seat.provider_id, turn=wave[0].order_id)
            return
        wave = begin_wave(provider_id=seat.provider_id, at=timezone.now())


def _send_together(wave: Sequence[Attempt], sender: Sender, seat: Seat) -> list[Outcome]:
    """All at once, each on a thread of its own; what is known is written down whatever else goes
    wrong."""
    if len(wave) == 1:
        outcomes = [sender(wave[0])]
        seat.note_answer()
        _write_down(list(zip(wave, outcomes, strict=True)))
        return outcomes
    with ThreadPoolExecutor(len(wave)) as threads:
        sent = [threads.submit(sender, attempt) for attempt in wave]
    seat.note_answer()
    _write_down(
        [(one, future.result()) for one, future in zip(wave, sent, strict=True) if _ended(future)]
    )
    return [future.result() for future in sent]


def _ended(future: Future[Outcome]) -> bool:
    """Without a fault of our own: what became of such an order is found out when its lease ends."""
    return future.exception() is None


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


def _write_down(answers: Sequence[tuple[Attempt, Outcome]]) -> None:
    accepted = [(one, said) for one, said in answers if isinstance(said, Accepted)]
    for attempt, answer in accepted:
        # Whatever happens to the database now, this number is on record.
        logger.info("order %s: accepted as %s", attempt.order_id, answer.external_id)
    known: set[int] = set()
    if len(accepted) > 1:
        patiently(
            lambda: known.update(finish_accepted(answers=accepted, at=timezone.now())),
            about=f"{len(accepted)} orders",
        )
    for attempt, outcome in answers:
        if attempt.order_id not in known:
            _write_one(attempt, outcome)


def _write_one(attempt: Attempt, outcome: Outcome) -> None:
    patiently(
        lambda: finish(attempt=attempt, outcome=outcome, at=timezone.now()),
        about=f"order {attempt.order_id}",
    )
    if isinstance(outcome, Refused):
        # It may stand in another provider's lane now.
        _nudge(attempt.order_id)
