"""When a message is tried again, when a lane rests, and when an end is made (docs/webhooks.md)."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

# From one try to the next, as the specification suggests: twelve tries in a little over five days.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24, 24, 24)),
)
# After so long without one success nothing more is sent to an endpoint.
ENDED_AFTER = timedelta(days=5)
# How long a claim lasts whose worker is gone; longer than any delivery.
LEASE = timedelta(seconds=30)
KEPT_FOR = timedelta(days=30)

_JITTER = 0.2
_FIRST_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(minutes=5)
_LONGEST_WISH = timedelta(hours=1)


def next_attempt_at(
    *, message_id: int, attempts: int, at: datetime, wish_seconds: int | None
) -> datetime | None:
    """After so many failed attempts; None when it is given up. `wish_seconds` is the receiver's
    Retry-After. The share added to a pause differs from message to message, so that what failed
    together does not come back together."""
    if attempts > len(PAUSES):
        return None
    share = zlib.crc32(f"{message_id}:{attempts}".encode()) / 2**32
    pause = PAUSES[attempts - 1] * (1 + _JITTER * share)
    return at + max(pause, min(timedelta(seconds=wish_seconds or 0), _LONGEST_WISH))


def rests_until(*, failures: int, at: datetime) -> datetime:
    """How long an endpoint is left alone after so many failures in a row, whatever waits for it:
    one that is down is asked once in five minutes, not once for each of a thousand messages."""
    rest: timedelta = _FIRST_REST * 2 ** min(failures - 1, 10)
    return at + min(rest, _LONGEST_REST)
