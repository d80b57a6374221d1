"""What programs called: one line of the log at once, and a row for the account's owner (API-05).

No request waits for its row. It goes into a buffer, from which a thread of the process copies the
rows into the table, a moment later and many at a time; what is left at the end of the process is
written then. The buffer is bounded: while the database is away the newest rows are dropped and
counted, and the calls go on. Neither the line nor the row holds a parameter, a body or a secret.
"""

from __future__ import annotations

import csv
import logging
import os
import threading
from collections import deque
from datetime import datetime, timedelta
from http import HTTPStatus
from io import StringIO
from itertools import islice
from multiprocessing.util import Finalize
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.utils import InterfaceError, OperationalError

from accounts.admission import Caller
from accounts.models import ApiCall

logger = logging.getLogger("api.calls")

MOST_WAITING = 20_000
_BATCH = 2_000
_PAUSE_SECONDS = 0.5
_PAUSE_WHILE_AWAY_SECONDS = 5.0
_FORGOTTEN_AT_ONCE = 10_000


class Row(NamedTuple):
    """One call as the columns of the table."""

    user_id: int
    key_prefix: str
    api: str
    action: str
    http_status: int
    code: str
    said: str
    ip: str
    took_ms: int
    is_sandbox: bool
    at: datetime


class _Buffer:
    """Rows that wait, of this process. A child that was forked begins with an empty one."""

    def __init__(self) -> None:
        self.rows: deque[Row] = deque()
        # Keys that were told "too many" in this minute, and which minute that is.
        self.told: set[tuple[int, str]] = set()
        self.minute = -1
        self.dropped = 0
        self.has_writer = False
        # Guards the fields above, for moments only; `writing` is held while the database is asked.
        self.lock = threading.Lock()
        self.writing = threading.Lock()
        self.filled = threading.Event()

    def put(self, row: Row) -> None:
        with self.lock:
            if len(self.rows) >= MOST_WAITING:
                self.dropped += 1
                return
            self.rows.append(row)
            needs_writer = not self.has_writer
            self.has_writer = True
        if needs_writer:
            _start_writer(self)
        self.filled.set()

    def knows(self, row: Row) -> bool:
        """Whether a call that came too often has a row of its key and minute already: a limit
        would be none if each call beyond it were written down."""
        if row.http_status != HTTPStatus.TOO_MANY_REQUESTS:
            return False
        minute = int(row.at.timestamp()) // 60
        with self.lock:
            if minute != self.minute:
                self.told, self.minute = set(), minute
            is_known = (row.user_id, row.key_prefix) in self.told
            self.told.add((row.user_id, row.key_prefix))
        return is_known

    def take(self) -> list[Row]:
        with self.lock:
            rows = list(islice(self.rows, _BATCH))
            for _row in rows:
                self.rows.popleft()
        return rows

    def put_back(self, rows: list[Row]) -> None:
        with self.lock:
            room = max(0, MOST_WAITING - len(self.rows))
            self.rows.extendleft(reversed(rows[:room]))
            self.dropped += len(rows) - len(rows[:room])

    def take_dropped(self) -> int:
        with self.lock:
            dropped, self.dropped = self.dropped, 0
        return dropped


_buffer = _Buffer()


def note(
    *,
    api: ApiCall.Api,
    action: str,
    http_status: int,
    ip: str,
    took_ms: int,
    at: datetime,
    caller: Caller | None = None,
    user_id: int | None = None,
    key_prefix: str = "",
    code: str = "",
    said: str = "",
    is_sandbox: bool = False,
) -> None:
    """Write down one answered call: never raises, never waits for the database.

    Whose it was is said by `caller`, or by `user_id` and `key_prefix` of an operator's key; a call
    of nobody that we know has its line in the log alone. `action` is the name of an endpoint, not
    what was sent in its place; `said` is the sentence of an error.
    """
    if caller is not None:
        user_id, key_prefix, is_sandbox = caller.customer_id, caller.prefix, caller.is_sandbox
    logger.info(
        "api=%s key=%s user=%s action=%s status=%d code=%s ip=%s ms=%d",
        *(api.value, key_prefix or "-", user_id or "-", action or "-"),
        *(http_status, code or "-", ip, took_ms),
    )
    if user_id is None:
        return
    row = Row(
        user_id, key_prefix[:12], api.value, _storable(action, most=60), http_status,
        code[:40], _storable(said, most=200), ip, max(0, took_ms), is_sandbox, at,
    )  # fmt: skip
    if not _buffer.knows(row):
        _buffer.put(row)


def flush() -> int:
    """Write what waits, now and in this thread, and return how many rows there were. Rows that the
    database cannot take at the moment go on waiting."""
    written = 0
    with _buffer.writing:
        while rows := _buffer.take():
            waiting = _write(rows)
            written += len(rows) - len(waiting)
            if waiting:
                _buffer.put_back(waiting)
                break
    if dropped := _buffer.take_dropped():
        logger.warning("%d API calls are missing in the list: too many waited", dropped)
    return written


def forget_waiting() -> None:
    """Begin with an empty buffer: in a forked child, whose parent writes what it holds."""
    global _buffer  # noqa: PLW0603 - its locks may be held by threads that the child does not have
    _buffer = _Buffer()


def forget_old(*, at: datetime) -> int:
    """Delete the rows of before API_CALLS_KEPT_DAYS and return how many there were.

    They were written in the order of their numbers, so the oldest are found without an index of
    times; in portions, so that no transaction is long.
    """
    before, forgotten = at - timedelta(days=settings.API_CALLS_KEPT_DAYS), 0
    while True:
        oldest = ApiCall.objects.order_by("pk").values("pk")[:_FORGOTTEN_AT_ONCE]
        deleted, _of_models = ApiCall.objects.filter(pk__in=oldest, at__lt=before).delete()
        forgotten += deleted
        if deleted < _FORGOTTEN_AT_ONCE:
            return forgotten


def _start_writer(buffer: _Buffer) -> None:
    threading.Thread(target=_write_on, args=[buffer], name="api-calls", daemon=True).start()
    # Not atexit: the web server's workers are children of multiprocessing, which do not run it.
    Finalize(None, flush, exitpriority=1)


def _write_on(buffer: _Buffer) -> None:
    pause = threading.Event()
    try:
        while True:
            buffer.filled.wait()
            # The rows of a moment go together.
            pause.wait(_PAUSE_SECONDS)
            buffer.filled.clear()
            close_old_connections()
            flush()
            if buffer.rows:
                pause.wait(_PAUSE_WHILE_AWAY_SECONDS)
                buffer.filled.set()
    finally:
        # Whatever ended it, the next call starts another.
        buffer.has_writer = False


def _write(rows: list[Row]) -> list[Row]:
    """Store the rows and return those that must wait. One that nobody can store is left out: it
    must not hold up the others."""
    try:
        _copy(rows)
    except (OperationalError, InterfaceError) as error:
        logger.warning("API calls wait: %s", type(error).__name__)
        return rows
    except (DatabaseError, ValueError) as error:
        if len(rows) > 1:
            return [waiting for row in rows for waiting in _write([row])]
        logger.warning("an API call is missing in the list: %s", type(error).__name__)
    return []


def _copy(rows: list[Row]) -> None:
    lines = StringIO()
    # Each value in quotes: without them an empty text would be NULL.
    csv.writer(lines, quoting=csv.QUOTE_ALL).writerows(rows)
    lines.seek(0)
    statement = f"COPY accounts_apicall ({', '.join(Row._fields)}) FROM STDIN WITH (FORMAT csv)"
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, lines)


def _storable(text: str, *, most: int) -> str:
    clean = text.replace("\0", "").encode(errors="replace").decode()
    return clean[:most]


os.register_at_fork(after_in_child=forget_waiting)
