"""Misbehaviour on demand: every odd answer that real providers have been seen to give.

A fault applies to the next `count` calls of its action. `stage` says whether it strikes before the
call is carried out (no order exists) or after it (the order exists, the answer is spoilt).
"""

import gzip
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MIB = 1024 * 1024
NEVER_GIVEN = 999_999_999
LATENCY = "latency"


class Stage(StrEnum):
    """When a fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class Manner(StrEnum):
    """How the bytes of a reply leave."""

    WHOLE = "whole"
    DRIPPED = "dripped"
    TRUNCATED = "truncated"
    RESET = "reset"


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; `pause_seconds` is the wait before each byte of a dripped body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE
    pause_seconds: float = 0.0


@dataclass(frozen=True)
class Fault:
    """What to do wrong; the fields a `kind` does not use are ignored.

    `link_contains` narrows it to calls for such a link. `value` is the id of bad_id, the text of
    error, the address of redirect, the whole body of answer; `seconds` the length of latency, the
    pause of drip, the wish of rate_limited; `status` replaces the status of the kind.
    """

    action: str
    kind: str
    stage: Stage = Stage.BEFORE
    count: int = 1
    seconds: float = 0.0
    status: int | None = None
    value: object = None
    link_contains: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}, there are: {', '.join(sorted(KINDS))}")


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

    def take(self, *, action: str, link: str) -> Fault | None:
        """The fault for this call, or None."""
        with self._lock:
            for place, (fault, left) in enumerate(self._waiting):
                if fault.action == action and fault.link_contains in link:
                    self._waiting[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None


@dataclass(frozen=True)
class Shape:
    """An answer with blanks: %order%, %next% (its number and the one after), %value% as text,
    %json% the value as JSON, %right% the right answer, %seconds%.
    """

    body: str = ""
    status: int = 200
    header: tuple[str, str] | None = None
    manner: Manner = Manner.WHOLE
    padding_bytes: int = 0


KINDS: Mapping[str, Shape] = {
    "answer": Shape("%value%"),
    "bad_id": Shape('{"order": %json%}'),
    "deep": Shape("[" * 10_000 + "]" * 10_000),
    "drip": Shape('{"order": %order%}', manner=Manner.DRIPPED),
    "drop": Shape(manner=Manner.RESET),
    "duplicate_keys": Shape('{"order": %order%, "order": %next%}'),
    "empty": Shape(),
    "error": Shape('{"error": %json%}'),
    "gzip_bomb": Shape(
        '{"order": %order%}', header=("Content-Encoding", "gzip"), padding_bytes=32 * MIB
    ),
    "html": Shape("<!doctype html><p>One moment", header=("Content-Type", "text/html")),
    "http_error": Shape("%right%", status=500),
    LATENCY: Shape("%right%"),
    "nan": Shape('{"order": %order%, "charge": NaN}'),
    "order_and_error": Shape('{"order": %order%, "error": "Something went wrong"}'),
    "oversized": Shape('{"order": %order%}', padding_bytes=2 * MIB),
    "rate_limited": Shape(
        '{"error": "Too many requests"}', status=429, header=("Retry-After", "%seconds%")
    ),
    "redirect": Shape(status=307, header=("Location", "%value%")),
    "truncated": Shape('{"order": %order%}', manner=Manner.TRUNCATED),
    "unauthorized": Shape('{"error": "Invalid API key"}', status=401),
}


def spoil(fault: Fault, *, right: str, number: int) -> Reply:
    """The reply of a fault; `right` is the right answer, `number` the order it is about."""
    shape = KINDS[fault.kind]
    blanks = {
        "%order%": str(number),
        "%next%": str(number + 1),
        "%json%": json.dumps(fault.value),
        "%value%": str(fault.value),
        "%right%": right,
        "%seconds%": f"{fault.seconds:g}",
    }
    name, value = shape.header or ("Content-Type", "application/json")
    body = _fill(shape.body, blanks).encode() + b" " * shape.padding_bytes
    return Reply(
        status=fault.status or shape.status,
        body=gzip.compress(body, compresslevel=1) if value == "gzip" else body,
        headers={name: _fill(value, blanks)},
        manner=shape.manner,
        pause_seconds=fault.seconds,
    )


def _fill(text: str, blanks: Mapping[str, str]) -> str:
    for blank, filling in blanks.items():
        text = text.replace(blank, filling)
    return text
