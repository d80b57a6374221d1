"""The worker's edges. A message carries an id and is a hint; the row is the queue.

Every nudge expires: what a busy worker did not take is handed out again by the next sweep.
"""

from celery import shared_task
from django.utils import timezone

from orders import forwarding, syncing
from orders.models import Order

NUDGE_SECONDS = 30
SWEEP_LIMIT = 500


def nudge(*, order_id: int) -> None:
    """Asks a worker to look at one order now. Best effort: the sweep finds it anyway."""
    forward_order.apply_async((order_id,), expires=NUDGE_SECONDS)


@shared_task
def forward_order(order_id: int) -> None:
    forwarding.forward(order_id=order_id)


@shared_task
def forward_due_orders() -> None:
    due = Order.objects.due_for_forwarding(at=timezone.now()).order_by("not_before")
    for order_id in due.values_list("pk", flat=True)[:SWEEP_LIMIT]:
        nudge(order_id=order_id)


@shared_task
def sweep_expired_leases() -> None:
    forwarding.sweep_expired_leases(at=timezone.now())


@shared_task
def sync_provider(provider_id: int) -> None:
    syncing.poll(provider_id=provider_id, at=timezone.now())


@shared_task
def sync_due_orders() -> None:
    due = Order.objects.due_for_sync(at=timezone.now())
    for provider_id in due.order_by().values_list("provider_id", flat=True).distinct():
        sync_provider.apply_async((provider_id,), expires=NUDGE_SECONDS)
