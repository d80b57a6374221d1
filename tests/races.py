"""The same act by many at once, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(number: int, act: Callable[[], T]) -> list[T]:
    """What `act` returned to each of so many callers, who all begin together. Needs `fresh_db`."""
    start = Barrier(number)

    def one(_number: int) -> T:
        try:
            start.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))
