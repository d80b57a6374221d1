"""Sweeps take one row after another, and what is wrong with one keeps no other waiting.

A row that cannot be served stays as it is: it is logged with its number, and tried by the next
sweep. Only a database that is away ends a sweep.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.db import connection

logger = logging.getLogger(__name__)


def each(what: str, numbers: Iterable[int], act: Callable[[int], object]) -> int:
    """Acts on each row, in a transaction of the act's own; returns how many it acted on: False is
    an act that found nothing to do. `what` is for the log: what the numbers are of."""
    served = 0
    for number in numbers:
        try:
            served += act(number) is not False
        except Exception:
            if not connection.is_usable():
                raise
            logger.exception("%s %s is left to the next sweep", what, number)
    return served
