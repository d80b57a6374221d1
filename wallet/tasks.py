"""The worker's edges of the wallet. A message carries an id and is a hint; the row is the queue."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from wallet import alerts, events, expiring, proving, reconciling, snapshots
from wallet.automatic import cards, topping_up
from wallet.disputes import collecting
from wallet.models import GatewayEvent, Payout
from wallet.payouts import sending as paying_out
from wallet.payouts import withdrawals
from wallet.reports import days
from wallet.topups import lapsing, receipts

# A message outlives the sweep that sends the next one by a little, and no more.
NUDGE_SECONDS = 20
EVENTS_PER_SWEEP = 200
LAPSES_PER_SWEEP = 200
RECEIPTS_PER_SWEEP = 100
PAYOUTS_PER_SWEEP = 100


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
def make_receipt(deposit_id: int) -> None:
    receipts.make(deposit_id=deposit_id, at=timezone.now())


def nudge_receipt(*, deposit_id: int) -> None:
    """Have one receipt made now: somebody waits for it."""

    def ask() -> None:
        make_receipt.apply_async((deposit_id,), expires=NUDGE_SECONDS)

    transaction.on_commit(ask, robust=True)


@shared_task
def make_due_receipts() -> None:
    due = receipts.due(at=timezone.now())
    for deposit_id in due.values_list("pk", flat=True)[:RECEIPTS_PER_SWEEP]:
        make_receipt.apply_async((deposit_id,), expires=NUDGE_SECONDS)


@shared_task
def expire_bank_payments() -> None:
    at = timezone.now()
    lapsing.expire_overdue(at=at, limit=LAPSES_PER_SWEEP)
    lapsing.free_bonuses(at=at, limit=LAPSES_PER_SWEEP)


@shared_task
def pay_out(payout_id: int) -> None:
    paying_out.pay(payout_id=payout_id, at=timezone.now())


@shared_task
def pay_due_payouts() -> None:
    due = Payout.objects.due(at=timezone.now())
    for payout_id in due.values_list("pk", flat=True)[:PAYOUTS_PER_SWEEP]:
        pay_out.apply_async((payout_id,), expires=NUDGE_SECONDS)


@shared_task
def follow_sent_payouts() -> None:
    now = timezone.now()
    for payout_id in paying_out.sent_to_follow(at=now, limit=PAYOUTS_PER_SWEEP):
        paying_out.follow(payout_id=payout_id, at=now)


@shared_task
def raise_overdue_withdrawals() -> None:
    withdrawals.raise_overdue(at=timezone.now())


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
def collect_questioned_money() -> None:
    collecting.collect(at=timezone.now())


@shared_task
def reconcile() -> None:
    reconciling.reconcile(at=timezone.now())


@shared_task
def prove_books() -> None:
    proving.run(at=timezone.now())


@shared_task
def take_lot_snapshots() -> None:
    snapshots.take_due(at=timezone.now())


@shared_task
def expire_money() -> None:
    expiring.run(at=timezone.now())


@shared_task
def roll_up_days() -> None:
    days.roll_up(at=timezone.now())
