"""Asking a worker to look at an order now. A message is a hint; the row is the queue."""

from __future__ import annotations

from celery import current_app

# A message outlives the sweep that sends the next one by a little, and no more.
NUDGE_SECONDS = 10


def nudge(*, order_id: int) -> None:
    """Best effort: the sweep finds the order anyway. The task is named, not imported: acts stand
    below the worker's edges."""
    current_app.send_task("orders.tasks.forward_order", (order_id,), expires=NUDGE_SECONDS)
