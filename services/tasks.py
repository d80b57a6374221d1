"""The worker's edges. A message carries an id and is a hint; the row is the queue."""

from celery import shared_task
from django.utils import timezone

from services.updates import mailing


@shared_task
def tell_favourites() -> None:
    mailing.send_due(at=timezone.now())
