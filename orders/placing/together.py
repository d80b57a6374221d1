"""Orders that come at the same moment share one call of the database and one commit.

Whoever comes while nobody is at the database goes there alone. Whoever comes meanwhile waits, and
the first of those who wait takes all of them along: the busier it is, the more go together, and a
lone order is never held up. Nothing is decided here: an order that the shared call did not take is
tried alone by its own thread, which then hears why. Who has to wait for a wallet waits alone, too,
and keeps nobody else from the database meanwhile (docs/adr/0015).
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from django.db import Error, OperationalError, connection

Row = dict[str, bool | int | str | datetime | None]
# Below the 64 savepoints that PostgreSQL keeps at hand for each connection.
MOST = 50
_JSON = ("p_parameters", "p_snapshot")
_LOCK_NOT_AVAILABLE = "55P03"


def place_orders(rows: Sequence[Row]) -> list[int | None]:
    """The number of each order, None for one that was refused: orders/sql/place_orders.sql. Raises
    what the database raises, and then none was placed, unless the connection was lost."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, order_id FROM place_orders(%s)", [_array(rows)])
        found = dict(cursor.fetchall())
    return [found[place] for place in range(1, len(rows) + 1)]


def is_undone(error: Error) -> bool:
    """An error with a code is an answer of the database, which has placed nothing then."""
    return getattr(error.__cause__, "pgcode", None) is not None


def is_kept(error: Error) -> bool:
    """A lock was not to be had in the time that was given for it."""
    return getattr(error.__cause__, "pgcode", None) == _LOCK_NOT_AVAILABLE


class Together:
    """One at a time asks the database on behalf of all who wait."""

    def __init__(self, place: Callable[[Sequence[Row]], list[int | None]]) -> None:
        self._place = place
        self._lock = Lock()
        self._waiting: deque[_Ticket] = deque()
        self._is_busy = False

    def insert(
        self, row: Row, *, briefly: Callable[[Row], int], alone: Callable[[Row], int]
    ) -> int:
        """The order's number, taken along or not: `alone` waits for a wallet as long as it takes,
        `briefly` does not. Raises what the database raises."""
        ticket = _Ticket(row)
        self._enter(ticket)
        ticket.wait()
        if ticket.leads:
            batch = self._batch()
            try:
                if len(batch) == 1:
                    self._ask_for_one(ticket, briefly)
                else:
                    self._ask(batch)
            finally:
                for other in batch[1:]:
                    other.wake()
                self._hand_over()
        order_id = ticket.answer()
        return alone(row) if order_id is None else order_id

    def _enter(self, ticket: _Ticket) -> None:
        with self._lock:
            self._waiting.append(ticket)
            if not self._is_busy:
                self._is_busy = True
                ticket.lead()

    def _batch(self) -> list[_Ticket]:
        """All who wait, as far as they go together; oneself first."""
        with self._lock:
            return [self._waiting.popleft() for _each in range(min(MOST, len(self._waiting)))]

    def _ask_for_one(self, ticket: _Ticket, briefly: Callable[[Row], int]) -> None:
        try:
            ticket.order_id = briefly(ticket.row)
        except Error as error:
            if not is_kept(error):
                raise
        ticket.error = None

    def _ask(self, batch: Sequence[_Ticket]) -> None:
        """What was undone is tried alone; what nobody knows the end of, nobody may try again."""
        try:
            answers = self._place([ticket.row for ticket in batch])
        except Error as error:
            for ticket in batch:
                ticket.error = None if is_undone(error) else error
        else:
            for ticket, order_id in zip(batch, answers, strict=True):
                ticket.order_id, ticket.error = order_id, None

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].lead()
            else:
                self._is_busy = False


class _Ticket:
    """One who waits for his turn, which comes with an answer or with the lead."""

    __slots__ = ("_turn", "error", "leads", "order_id", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.leads = False
        self.order_id: int | None = None
        # Until somebody knows better: a thread that dies while it asks tells nobody anything.
        self.error: Error | None = OperationalError("the thread that asked for all was lost")
        self._turn = Lock()
        self._turn.acquire()

    def wait(self) -> None:
        self._turn.acquire()

    def wake(self) -> None:
        self._turn.release()

    def lead(self) -> None:
        self.leads = True
        self.wake()

    def answer(self) -> int | None:
        if self.error is not None:
            raise self.error
        return self.order_id


def _array(rows: Sequence[Row]) -> str:
    """As JSON; what is JSON already goes in as it is."""
    return f"[{','.join(map(_object, rows))}]"


def _object(row: Row) -> str:
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in _JSON
    }
    ready = "".join(f',"{name}":{row[name]}' for name in _JSON)
    return json.dumps(plain)[:-1] + ready + "}"
