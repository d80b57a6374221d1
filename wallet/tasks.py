"""The worker's edges of the wallet. A message carries an id and is a hint; the row is the queue."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from wallet import alerts, cards, events, lapsing, reconciling, topping_up
from wallet.models import GatewayEvent

# A message outlives the sweep that sends the next one by a little, and no more.
NUDGE_SECONDS = 20
EVENTS_PER_SWEEP = 200
LAPSES_PER_SWEEP = 200


def nudge(*, event_id: int) -> None:
    """Have an event carried out right after the commit; if this is lost, the sweep finds it."""

    def ask() -> None:
        process_event.apply_async((event_id,), expires=NUDGE_SECONDS)

    transaction.on_commit(ask, robust=True)


@shared_task
def process_event(event_id: int) -> None:
    events.process(event_id=event_id, at=timezone.now())


@shared_task
def process_due_events() -> None:
    due = GatewayEvent.objects.due(at=timezone.now())
    for event_id in due.values_list("pk", flat=True)[:EVENTS_PER_SWEEP]:
        process_event.apply_async((event_id,), expires=NUDGE_SECONDS)


@shared_task
def expire_bank_payments() -> None:
    lapsing.expire_overdue(at=timezone.now(), limit=LAPSES_PER_SWEEP)


@shared_task
def send_balance_alerts() -> None:
    alerts.send_due_alerts(at=timezone.now())


@shared_task
def keep_cards() -> None:
    cards.keep_due(at=timezone.now())


@shared_task
def top_up_low_balances() -> None:
    topping_up.run_due(at=timezone.now())


@shared_task
def reconcile() -> None:
    reconciling.reconcile(at=timezone.now())
