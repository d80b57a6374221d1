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


def places_for(*, provider_id: int, at: datetime) -> tuple[Provider, int]:
    """The provider, and how many more orders may leave for it now. The caller writes the attempts
    in the same transaction; until its commit nobody else is told of these places."""
    provider = lock_lane(provider_id)
    is_resting = provider.tripped_until is not None and provider.tripped_until > at
    if provider.is_paused or is_resting:
        return provider, 0
    flying = Submission.objects.in_flight(provider_id=provider_id).count()
    return provider, min(width_of(provider) - flying, _room_in_minute(provider, at=at))


def lock_lane(provider_id: int) -> Provider:
    """Until the transaction ends nobody else decides about this lane. NO KEY: attempts refer to the
    row, and their writers need not wait."""
    return Provider.objects.select_for_update(no_key=True).get(pk=provider_id)


def _room_in_minute(provider: Provider, *, at: datetime) -> int:
    if provider.sends_per_minute is None:
        return provider.lane_width
    recent = Submission.objects.filter(provider_id=provider.pk, started_at__gt=at - MINUTE)
    return provider.sends_per_minute - recent.count()
