"""Acts of many at the same moment, on connections of their own; and the gate for twins of races.

A twin goes without a guard and shows what the guard is for. It does not hope that threads overlap:
it puts a gate where all have read and nobody has written.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import wraps
from threading import Barrier, Event
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")
# Nobody waits as long as this unless somebody will never come.
LIMIT_SECONDS = 60.0


class Gate:
    """Opens when so many have come to it, and stays open."""

    def __init__(self, number: int) -> None:
        self._opened = Event()
        self._barrier = Barrier(number, action=self._opened.set, timeout=LIMIT_SECONDS)

    def wait(self) -> None:
        """Raises BrokenBarrierError when the others do not come."""
        if not self._opened.is_set():
            self._barrier.wait()

    def after(self, read: Callable[P, T]) -> Callable[P, T]:
        """`read`, from which nobody returns before all have read."""

        @wraps(read)
        def read_and_wait(*args: P.args, **named: P.kwargs) -> T:
            found = read(*args, **named)
            self.wait()
            return found

        return read_and_wait

    def before(self, write: Callable[P, T]) -> Callable[P, T]:
        """`write`, which nobody begins before all have come to it."""

        @wraps(write)
        def wait_and_write(*args: P.args, **named: P.kwargs) -> T:
            self.wait()
            return write(*args, **named)

        return wait_and_write


def at_once(number: int, act: Callable[[], T]) -> list[T]:
    """What `act` returned to each of so many callers, who all begin together. Needs `fresh_db`."""
    return all_at_once(*[act] * number)


def all_at_once(*acts: Callable[[], T]) -> list[T]:
    """What each of the acts returned; all begin together. Raises the first one's error. Needs
    `fresh_db`."""
    start = Gate(len(acts))

    def run(act: Callable[[], T]) -> T:
        with closing(connection):
            start.wait()
            return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
