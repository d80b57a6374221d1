"""Asking a worker to look at an order now. A message is a hint; the row is the queue."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable

from celery import current_app
from kombu.exceptions import OperationalError

# A message outlives the sweep that sends the next one by a little, and no more.
NUDGE_SECONDS = 10
# Orders of one moment that are worth a message each; of more the worker looks for itself.
_FEW = 4
_PAUSE_SECONDS = 0.1


def nudge(*, order_id: int) -> None:
    """Best effort: the sweep finds the order anyway. The task is named, not imported: acts stand
    below the worker's edges."""
    current_app.send_task("orders.tasks.forward_order", (order_id,), expires=NUDGE_SECONDS)


def nudge_soon(*, order_ids: Iterable[int]) -> None:
    """The same by a thread of this process: whoever has just ordered waits for no broker."""
    _Sender.of_this_process().take(order_ids)


class _Sender(threading.Thread):
    """Sends what has come in the last moment, together when it is much."""

    _own: _Sender | None = None
    _making = threading.Lock()

    def __init__(self) -> None:
        super().__init__(name="nudges", daemon=True)
        # Older ones are left to the sweep while the broker is away.
        self._waiting: deque[int] = deque(maxlen=_FEW + 1)
        self._has_some = threading.Event()

    @classmethod
    def of_this_process(cls) -> _Sender:
        with cls._making:
            if cls._own is None or not cls._own.is_alive():
                cls._own = cls()
                cls._own.start()
            return cls._own

    @classmethod
    def forget(cls) -> None:
        """In a forked child, where the lock may be held by a thread that it does not have."""
        cls._own, cls._making = None, threading.Lock()

    def take(self, order_ids: Iterable[int]) -> None:
        self._waiting.extend(order_ids)
        self._has_some.set()

    def run(self) -> None:
        pause = threading.Event()
        while self._has_some.wait():
            self._has_some.clear()
            try:
                self._send()
            except OperationalError:
                self._waiting.clear()
            pause.wait(_PAUSE_SECONDS)

    def _send(self) -> None:
        """What came up to now: while it is sent more may come."""
        orders = [self._waiting.popleft() for _each in range(len(self._waiting))]
        if len(orders) > _FEW:
            current_app.send_task("orders.tasks.forward_due_orders", expires=NUDGE_SECONDS)
            return
        for order_id in orders:
            nudge(order_id=order_id)


os.register_at_fork(after_in_child=_Sender.forget)
