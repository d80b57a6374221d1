"""Writing down what is known already: a database that is away for a moment must not turn a known
answer into a doubt."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import Error, OperationalError, connection

from accounts.together import is_undone

logger = logging.getLogger(__name__)

PAUSES_SECONDS = (0.0, 0.2, 1.0, 3.0)


def patiently(write: Callable[[], None], *, about: str) -> None:
    """Tries again while the database is away; after that a sweep finds what was being done. A
    connection that is lost is several kinds of errors, none of which has a code."""
    for pause_seconds in PAUSES_SECONDS:
        time.sleep(pause_seconds)
        try:
            write()
        except Error as error:
            if is_undone(error) and not isinstance(error, OperationalError):
                raise
            logger.warning("%s: the answer could not be written", about)
            connection.close()
        else:
            return
