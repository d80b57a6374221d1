"""The circuit breaker of a provider's lane: one that fails again and again is left alone for a
while, then tried with a single order. Its orders wait in the queue and lose nothing.
Source: docs/forwarding.md, "Lanes".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest

from services.models import Provider

FAILURES_BEFORE_PAUSE = 3
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 15 * 60


def note_failure(*, provider_id: int, at: datetime, wish_seconds: int | None = None) -> None:
    """One more call in a row that brought neither yes nor no. From the third on the lane rests
    30 s, 60 s, … 15 min; what the provider itself wishes (Retry-After) counts at once.
    """
    with transaction.atomic():
        provider = Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
        provider.failures_in_a_row += 1
        pause = pause_seconds(failures=provider.failures_in_a_row, wish_seconds=wish_seconds)
        if pause:
            until = at + timedelta(seconds=pause)
            provider.tripped_until = max(until, provider.tripped_until or until)
        provider.save(update_fields=["failures_in_a_row", "tripped_until"])


def note_answer(*, provider_id: int) -> None:
    """A yes or a no: the lane is open. Writes nothing when it was."""
    failing = Provider.objects.filter(pk=provider_id, failures_in_a_row__gt=0)
    close_again(failing)


def close_again(providers: QuerySet[Provider]) -> int:
    """Forgets what failed; returns how many providers are tried again at once."""
    return providers.update(failures_in_a_row=0, tripped_until=None)


def rest(*, provider_id: int, until: datetime) -> None:
    """Not even a question about our balance is answered: no order is tried until then, and then a
    single one."""
    Provider.objects.filter(pk=provider_id).update(
        failures_in_a_row=Greatest(F("failures_in_a_row"), FAILURES_BEFORE_PAUSE),
        tripped_until=Greatest(Coalesce(F("tripped_until"), until), until),
    )


def try_one(*, provider_id: int) -> None:
    """It answers questions again: the rest is over, a single order is tried."""
    Provider.objects.filter(pk=provider_id, failures_in_a_row__gt=0).update(tripped_until=None)


def pause_seconds(*, failures: int, wish_seconds: int | None = None) -> int:
    """How long the lane rests after so many failures in a row; 0: not yet."""
    wish = min(wish_seconds or 0, LONGEST_PAUSE_SECONDS)
    if failures < FAILURES_BEFORE_PAUSE:
        return wish
    doublings = min(failures - FAILURES_BEFORE_PAUSE, 10)
    return max(wish, min(FIRST_PAUSE_SECONDS << doublings, LONGEST_PAUSE_SECONDS))


def width_of(provider: Provider) -> int:
    """How many orders may be on their way at once: a single one on trial after failures."""
    return 1 if provider.failures_in_a_row >= FAILURES_BEFORE_PAUSE else provider.lane_width
