"""Misbehaviour on demand, for the next `count` calls of a route.

`stage` says whether it strikes before the call is carried out or after it: then the effect is there
and only the answer is spoilt.
"""

import threading
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from smmpanel.fake_stripe.errors import Refused


class Stage(StrEnum):
    """When a fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class Kind(StrEnum):
    """What goes wrong."""

    CONFLICT = "conflict"
    DROP = "drop"
    ERROR = "error"
    LATENCY = "latency"
    RATE_LIMITED = "rate_limited"


ANSWERS = {
    Kind.CONFLICT: Refused(
        "There is currently another in-progress request using this idempotency key.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    ),
    Kind.ERROR: Refused("An unknown error occurred.", status=500, kind="api_error"),
    Kind.RATE_LIMITED: Refused("Request rate limit exceeded.", status=429, code="rate_limit"),
}


@dataclass(frozen=True)
class Fault:
    """`route` is a pattern of "METHOD /path", such as "POST /v1/refunds*"."""

    kind: Kind
    route: str = "*"
    stage: Stage = Stage.BEFORE
    count: int = 1
    seconds: float = 0.0


class FaultQueue:
    """Faults waiting for their calls, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault for its next `count` calls."""
        with self._lock:
            self._waiting.append((fault, fault.count))

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._waiting.clear()

    def take(self, route: str) -> Fault | None:
        """The fault for this call, or None."""
        with self._lock:
            for place, (fault, left) in enumerate(self._waiting):
                if fnmatchcase(route, fault.route):
                    self._waiting[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None
