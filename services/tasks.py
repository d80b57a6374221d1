"""The worker's edges. A message carries an id and is a hint; the row is the queue."""

from celery import shared_task
from django.utils import timezone

from services.syncing import daily, reading
from services.updates import mailing


@shared_task
def tell_favourites() -> None:
    mailing.send_due(at=timezone.now())


@shared_task
def read_price_list(sync_id: int) -> None:
    now = timezone.now()
    reading.read(sync_id=sync_id, at=now)
    daily.settle(sync_id=sync_id, at=timezone.now())


@shared_task
def sweep_price_lists() -> None:
    daily.sweep(at=timezone.now())


@shared_task
def read_next_price_list() -> None:
    daily.begin_next(at=timezone.now())


@shared_task
def forget_old_differences() -> None:
    daily.forget_lines(at=timezone.now())
