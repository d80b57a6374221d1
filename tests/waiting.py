"""Waiting for what happens in another process: by looking, with a limit, not by hoping."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

LOOK_EVERY_SECONDS = 0.005
LIMIT_SECONDS = 60.0


def wait_until(
    condition: Callable[[], bool],
    *,
    limit_seconds: float = LIMIT_SECONDS,
    look_every_seconds: float = LOOK_EVERY_SECONDS,
) -> None:
    """Returns as soon as the condition holds. Raises TimeoutError when it never does."""
    until = time.monotonic() + limit_seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not so within {limit_seconds} s")
        Event().wait(look_every_seconds)
