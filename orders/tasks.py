"""The worker's edges. A message carries an id and is a hint; the row is the queue.

Every nudge expires: what a busy worker did not take is handed out again by the next sweep.
"""

from celery import shared_task
from django.utils import timezone

from orders.ending import suspending
from orders.following import syncing
from orders.models import Order
from orders.nudging import NUDGE_SECONDS, nudge
from orders.sending import forwarding, sweeping

# Each goes on with its lane's next ones.
NUDGES_PER_PROVIDER = 20


@shared_task
def forward_order(order_id: int) -> None:
    forwarding.forward(order_id=order_id)


@shared_task
def forward_due_orders() -> None:
    now = timezone.now()
    for order_id in sweeping.due_orders(at=now, most_per_provider=NUDGES_PER_PROVIDER):
        nudge(order_id=order_id)
    sweeping.ask_about_unsendable(at=now)


@shared_task
def sweep_expired_leases() -> None:
    sweeping.sweep_expired_leases(at=timezone.now())


@shared_task
def sync_provider(provider_id: int) -> None:
    syncing.poll(provider_id=provider_id, at=timezone.now())


@shared_task
def sync_due_orders() -> None:
    due = Order.objects.due_for_sync(at=timezone.now())
    for provider_id in due.order_by().values_list("provider_id", flat=True).distinct():
        sync_provider.apply_async((provider_id,), expires=NUDGE_SECONDS)


@shared_task
def stop_questioned_orders() -> None:
    now = timezone.now()
    suspending.cancel_reversed(at=now)
    suspending.ask_about_sent(at=now)
    suspending.free_cleared(at=now)
    suspending.hold_warned(at=now)
