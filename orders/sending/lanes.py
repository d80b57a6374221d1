"""A provider's lane: how many orders are on their way to it at once, and how many leave in a
minute. Decided under the lock of the provider's row, so it holds over all workers.
Source: docs/forwarding.md, "Lanes".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import Submission
from services.breaking import width_of
from services.models import Provider

MINUTE = timedelta(minutes=1)


def place_for(*, provider_id: int, at: datetime) -> Provider | None:
    """The provider, if one more order may leave for it now. The caller writes the attempt in the
    same transaction; until its commit nobody else is told of this place."""
    provider = lock_lane(provider_id)
    is_resting = provider.tripped_until is not None and provider.tripped_until > at
    if provider.is_paused or is_resting:
        return None
    flying = Submission.objects.in_flight(provider_id=provider_id).count()
    if flying >= width_of(provider) or _is_minute_full(provider, at=at):
        return None
    return provider


def lock_lane(provider_id: int) -> Provider:
    """Until the transaction ends nobody else decides about this lane. NO KEY: attempts refer to the
    row, and their writers need not wait."""
    return Provider.objects.select_for_update(no_key=True).get(pk=provider_id)


def _is_minute_full(provider: Provider, *, at: datetime) -> bool:
    if provider.sends_per_minute is None:
        return False
    recent = Submission.objects.filter(provider_id=provider.pk, started_at__gt=at - MINUTE)
    return recent.count() >= provider.sends_per_minute
