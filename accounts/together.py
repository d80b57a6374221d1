"""What comes at the same moment shares one call of the database and one commit.

A thread of the process, the clerk, asks the database on behalf of all. Whoever comes while it has
nothing to do is asked for at once, and alone; whoever comes meanwhile waits, and the clerk takes
all of those along the next time: the busier it is, the more go together. What a shared call did not
do for somebody, his own thread does alone. Calls of programs are admitted like this, and orders are
placed (docs/adr/0015). That it is always the same thread matters as much: its connection has
everything at hand, where each of sixty would have to fetch its plans into the processor first.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, close_old_connections, connections

logger = logging.getLogger(__name__)

# A shared call, and the locks that it keeps, stay short.
MOST = 50
# A connection that was used a moment ago is there; after longer it is asked.
_TRUSTED_SECONDS = 1.0

# A test that changes the database begins another.
_era = 0

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def is_undone(error: Error) -> bool:
    """An error with a code is an answer of the database, which has done nothing then; one of class
    08 comes from a pooler that has lost the database, and knows as little as we do."""
    code = getattr(error.__cause__, "pgcode", None)
    return code is not None and not code.startswith("08")


def forget() -> None:
    """Every clerk begins anew, with a connection to wherever the settings lead from now on."""
    global _era  # noqa: PLW0603 - read by threads that nobody can ask
    _era += 1


class Together(Generic[Asked, Answer]):
    """`ask` gives an answer for each who asks, in their order, and None for those to try alone."""

    def __init__(self, ask: Callable[[Sequence[Asked]], Sequence[Answer | None]]) -> None:
        self._ask = ask
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """With nobody who waits and no clerk: a child that was forked has none of its parent's
        threads, and whoever waits there is asked for there."""
        self._waiting: SimpleQueue[_Ticket[Asked, Answer]] = SimpleQueue()
        self._making = threading.Lock()
        self._clerk: threading.Thread | None = None

    def go(self, asked: Asked, *, alone: Callable[[Asked], Answer]) -> Answer:
        """The answer, taken along or not. Raises what the database raises."""
        ticket: _Ticket[Asked, Answer] = _Ticket(asked)
        self._waiting.put(ticket)
        self._see_to_a_clerk()
        answer = ticket.wait()
        return alone(asked) if answer is None else answer

    def _see_to_a_clerk(self) -> None:
        if self._clerk is not None and self._clerk.is_alive():
            return
        with self._making:
            if self._clerk is None or not self._clerk.is_alive():
                self._clerk = threading.Thread(target=self._serve, name="clerk", daemon=True)
                self._clerk.start()

    def _serve(self) -> None:
        era, asked_at = _era, 0.0
        while True:
            batch = self._batch()
            try:
                if era != _era:
                    connections.close_all()
                    era = _era
                # Nobody can repeat what he does not know the end of: nothing is begun on a
                # connection that may be gone.
                is_trusted = monotonic() - asked_at < _TRUSTED_SECONDS
                connections[DEFAULT_DB_ALIAS].health_check_done = is_trusted  # type: ignore[attr-defined]
                self._answer(batch)
            except BaseException:
                # Those who were asked for hear it, too; and whoever comes next needs a clerk.
                logger.exception("a shared call failed")
            asked_at = 0.0 if any(ticket.error for ticket in batch) else monotonic()
            for ticket in batch:
                ticket.done.release()
            if self._waiting.empty():
                with suppress(Error):
                    close_old_connections()

    def _batch(self) -> list[_Ticket[Asked, Answer]]:
        """The next to come, and all who wait behind, as far as they go together."""
        batch = [self._waiting.get()]
        with suppress(Empty):
            while len(batch) < MOST:
                batch.append(self._waiting.get_nowait())
        return batch

    def _answer(self, batch: Sequence[_Ticket[Asked, Answer]]) -> None:
        """What was undone is tried alone; what nobody knows the end of, nobody may try again."""
        try:
            answers = self._ask([ticket.asked for ticket in batch])
        except Error as error:
            for ticket in batch:
                ticket.error = None if is_undone(error) else error
        else:
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer, ticket.error = answer, None


class _Ticket(Generic[Asked, Answer]):
    """One who waits for his answer."""

    __slots__ = ("answer", "asked", "done", "error")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | None = None
        # Until somebody knows better: a thread that dies while it asks tells nobody anything.
        self.error: Error | None = OperationalError("the thread that asked for all was lost")
        self.done = threading.Lock()
        self.done.acquire()

    def wait(self) -> Answer | None:
        self.done.acquire()
        if self.error is not None:
            raise self.error
        return self.answer
