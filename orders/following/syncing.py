"""Asking providers about their orders: fairly, a hundred at a time, one caller per provider."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Least

from orders.following.reporting import apply_reports
from orders.models import Order
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.pausing import pause_provider
from services.providers import client
from services.providers.errors import AccountRefused, ProviderError

logger = logging.getLogger(__name__)

BATCH = 100
# A batch that a dead worker took away is asked again after this.
CLAIM_SECONDS = 60
# An order whose check failed for the first time: whether the provider is down shows soon.
SECOND_LOOK_SECONDS = 20
# One caller asks a provider at a time; a hanging one holds one thread, not the worker.
TURN_SECONDS = 60
BATCHES_PER_TURN = 20


def poll(*, provider_id: int, at: datetime) -> int:
    """Asks one provider about its due orders, a hundred in a call; returns how many were asked.

    Garbage in an answer stays with the orders it is about; after a failed call the turn ends, and
    the orders are asked again later. Does nothing while somebody else asks this provider.
    """
    if not _take_turn(provider_id=provider_id, at=at):
        return 0
    provider = Provider.objects.get(pk=provider_id)
    asked = 0
    for _turn in range(BATCHES_PER_TURN):
        batch = _claim(provider_id=provider_id, at=at)
        asked += len(batch)
        if not batch or not _ask(provider=provider, batch=batch, at=at) or len(batch) < BATCH:
            break
    Provider.objects.filter(pk=provider_id).update(polling_until=None)
    return asked


def _take_turn(*, provider_id: int, at: datetime) -> bool:
    free = Q(polling_until=None) | Q(polling_until__lt=at)
    until = at + timedelta(seconds=TURN_SECONDS)
    return bool(Provider.objects.filter(free, pk=provider_id).update(polling_until=until))


def _ask(*, provider: Provider, batch: dict[str, int], at: datetime) -> bool:
    """One call; False when it failed as a whole."""
    try:
        answers = client.statuses(
            endpoint_of(provider), external_ids=list(batch), dialect=dialect_of(provider)
        )
    except ProviderError as error:
        _note_failed_call(provider=provider, batch=batch, error=error, at=at)
        return False
    _note_answer(provider=provider)
    reports = {order_id: answers[external_id] for external_id, order_id in batch.items()}
    apply_reports(reports=reports, at=at)
    return True


def _note_failed_call(
    *, provider: Provider, batch: dict[str, int], error: ProviderError, at: datetime
) -> None:
    """A provider that fails is one outage (services.health), not one for each of its orders; they
    are silent all the same."""
    Order.objects.filter(pk__in=batch.values(), silent_since=None).update(
        silent_since=at, next_poll_at=at + timedelta(seconds=SECOND_LOOK_SECONDS)
    )
    logger.warning("provider %s: status call failed: %s", provider.pk, type(error).__name__)
    if isinstance(error, AccountRefused):
        pause_provider(provider_id=provider.pk, reason=error.text, at=at)
    Provider.objects.filter(pk=provider.pk).update(
        poll_failures=Least(F("poll_failures") + 1, Value(1000))
    )


def _note_answer(*, provider: Provider) -> None:
    if provider.poll_failures:
        provider.poll_failures = 0
        Provider.objects.filter(pk=provider.pk).update(poll_failures=0)


def forget_silence() -> int:
    """A provider that has no order left to ask about is not held to be silent about them."""
    asked = Order.objects.filter(provider=OuterRef("pk"), next_poll_at__isnull=False)
    failing = Provider.objects.filter(poll_failures__gt=0)
    return failing.exclude(Exists(asked)).update(poll_failures=0)


def _claim(*, provider_id: int, at: datetime) -> dict[str, int]:
    """Takes due orders out of everybody else's sight until CLAIM_SECONDS have passed."""
    with transaction.atomic():
        due = (
            Order.objects.due_for_sync(at=at)
            .filter(provider_id=provider_id)
            .order_by("next_poll_at")
            .select_for_update(skip_locked=True)
        )
        batch = {
            order.external_id or "": order.pk for order in due.only("pk", "external_id")[:BATCH]
        }
        Order.objects.filter(pk__in=batch.values()).update(
            next_poll_at=at + timedelta(seconds=CLAIM_SECONDS)
        )
    return batch
