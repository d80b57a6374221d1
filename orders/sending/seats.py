"""The threads of this worker: who may take one, so that providers that hang leave some to others.

A thread that waits for a provider is of no use to anybody else for up to twenty seconds. Nobody
knows beforehand which call will hang, so trust follows from the last answer: a provider that was
quick may take many seats, any other only two, and one that has a call hanging gets no further one.
A few seats are for quick providers alone, and some threads are never used for sending at all.
Source: docs/forwarding.md, "Lanes".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Of the sixteen threads of a worker (smmpanel.supervisor.processes.worker).
FOR_ALL = 9
FOR_QUICK = 3
MOST_OF_A_QUICK_ONE = FOR_ALL
MOST_OF_ANY = 2
SLOW_SECONDS = 5.0

_lock = threading.Lock()
_quick: set[int] = set()


@dataclass(slots=True, eq=False)
class Seat:
    """A thread that serves a provider's lane; `since` is when its present call began."""

    provider_id: int
    since: float

    def note_answer(self) -> None:
        """The call is over: how long it took says what the provider may take next."""
        now = time.monotonic()
        with _lock:
            if now - self.since <= SLOW_SECONDS:
                _quick.add(self.provider_id)
            else:
                _quick.discard(self.provider_id)
            self.since = now


_taken: list[Seat] = []


@contextmanager
def seat_for(provider_id: int) -> Iterator[Seat | None]:
    """A seat for as long as the block lasts, or None when this provider gets no more here."""
    seat = _take(provider_id, now=time.monotonic())
    try:
        yield seat
    finally:
        if seat is not None:
            with _lock:
                _taken.remove(seat)


def _take(provider_id: int, *, now: float) -> Seat | None:
    with _lock:
        if not _may_sit(provider_id, now=now):
            return None
        seat = Seat(provider_id, since=now)
        _taken.append(seat)
        return seat


def _may_sit(provider_id: int, *, now: float) -> bool:
    own = [seat for seat in _taken if seat.provider_id == provider_id]
    if any(now - seat.since > SLOW_SECONDS for seat in own):
        return False
    is_quick = provider_id in _quick
    if len(own) >= (MOST_OF_A_QUICK_ONE if is_quick else MOST_OF_ANY):
        return False
    if len(_taken) < FOR_ALL:
        return True
    return is_quick and not own and len(_taken) < FOR_ALL + FOR_QUICK
