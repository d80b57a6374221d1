"""Asking a worker to read a price list now. A message is a hint; the row is the queue."""

from __future__ import annotations

from celery import current_app

# A message outlives the sweep that sends the next one by a little, and no more.
NUDGE_SECONDS = 20


def nudge(*, sync_id: int) -> None:
    """Best effort: the sweep finds the reading anyway. The task is named, not imported: acts stand
    below the worker's edges."""
    current_app.send_task("services.tasks.read_price_list", (sync_id,), expires=NUDGE_SECONDS)
