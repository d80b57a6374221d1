"""What our balance at a provider was, and when: evidence for what became of a lost order.

Read every few minutes, and soon after an order became uncertain, at providers that are asked to
(opt-in). Source: docs/forwarding.md, "Looking by itself".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from orders.models import Submission
from services.endpoints import dialect_of, endpoint_of
from services.health.balances import store
from services.models import BalanceReading, Provider
from services.providers import client
from services.providers.errors import ProviderError

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
# A request that lingers at the provider is charged before that.
SETTLING = timedelta(minutes=1)
KEPT = timedelta(days=90)
# A balance that was read long before says nothing about one order.
LONGEST_WINDOW = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Fall:
    """The readings around an attempt."""

    before: BalanceReading
    after: BalanceReading

    @property
    def micros(self) -> int:
        return self.before.amount_micros - self.after.amount_micros


def providers_to_read(*, at: datetime) -> list[int]:
    """Those whose last reading is old, or older than the end of a doubt."""
    asked = Provider.objects.filter(checks_balance=True, paused_at=None)
    return [provider.pk for provider in asked.order_by("pk") if _is_due(provider, at=at)]


def _is_due(provider: Provider, *, at: datetime) -> bool:
    last = provider.balances.order_by("-read_at").first()
    if last is None or last.read_at <= at - EVERY:
        return True
    doubts = Submission.objects.filter(provider=provider, state=Submission.State.UNCERTAIN)
    fresh = doubts.filter(finished_at__lte=at - SETTLING, finished_at__gt=last.read_at - SETTLING)
    return fresh.exists()


def read(*, provider_id: int, at: datetime) -> BalanceReading | None:
    """One call; None where the provider did not say."""
    provider = Provider.objects.get(pk=provider_id)
    try:
        balance = client.balance(endpoint_of(provider), dialect=dialect_of(provider))
    except ProviderError as error:
        logger.info("provider %s: no balance (%s)", provider_id, error)
        return None
    return store(provider=provider, balance=balance, at=at)


def fall_around(submission: Submission) -> Fall | None:
    """The last reading before an ended attempt and the first one well after it."""
    if submission.finished_at is None:
        return None
    readings = BalanceReading.objects.filter(provider=submission.provider_id)
    earliest = submission.started_at - LONGEST_WINDOW
    before = _last(readings.filter(read_at__range=(earliest, submission.started_at)))
    since, until = submission.finished_at + SETTLING, submission.finished_at + LONGEST_WINDOW
    after = readings.filter(read_at__range=(since, until)).order_by("read_at").first()
    if before is None or after is None or before.currency != after.currency:
        return None
    return Fall(before, after)


def _last(readings: QuerySet[BalanceReading]) -> BalanceReading | None:
    return readings.order_by("-read_at").first()


def forget_old(*, at: datetime) -> None:
    BalanceReading.objects.filter(read_at__lt=at - KEPT).delete()
