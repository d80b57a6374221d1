"""The worker's edges. A message carries an id and is a hint; the row is the queue."""

from celery import shared_task
from django.utils import timezone

from services.health import funds, outages, probing
from services.margins import levels, sweeping
from services.syncing import daily, reading
from services.updates import mailing

# What a busy worker did not take until then, the next sweep hands out.
PROBE_EXPIRES_SECONDS = 10


@shared_task
def tell_favourites() -> None:
    mailing.send_due(at=timezone.now())


@shared_task
def watch_providers() -> None:
    now = timezone.now()
    for provider_id in probing.due(at=now):
        probe_provider.apply_async((provider_id,), expires=PROBE_EXPIRES_SECONDS)
    for provider_id in outages.to_follow():
        outages.follow(provider_id=provider_id, at=now)


@shared_task
def probe_provider(provider_id: int) -> None:
    probing.probe(provider_id=provider_id, at=timezone.now())


@shared_task
def warn_of_low_balances() -> None:
    funds.warn(at=timezone.now())


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


@shared_task
def follow_costs() -> None:
    sweeping.sweep(at=timezone.now())


@shared_task
def raise_levels() -> None:
    levels.raise_levels(at=timezone.now())
