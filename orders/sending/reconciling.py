"""The panel looks for lost orders by itself, in every way that their provider was chosen for, and
decides only what leaves no doubt. Source: docs/forwarding.md, "Looking by itself"; ADR 11.
"""

from __future__ import annotations

import logging
from datetime import datetime

from orders.models import Submission
from orders.sending import by_balance, by_number, seeking
from orders.sending.queueing_behind import queue_behind_own
from services.models import Provider
from services.providers.errors import ProviderError

logger = logging.getLogger(__name__)

MOST_PER_RUN = 20


def providers_with_doubts(*, at: datetime) -> list[int]:
    """Providers where something is to be looked for now."""
    rows = seeking.to_look_for(at=at).order_by().values_list("provider_id", flat=True)
    return list(rows.distinct())


def reconcile(*, provider_id: int, at: datetime) -> None:
    """Looks for the attempts of one provider that are due; each is then left alone for a while."""
    provider = Provider.objects.get(pk=provider_id)
    due = seeking.to_look_for(at=at).filter(provider=provider).order_by("started_at")
    attempts = list(due.select_related("order__parent", "provider")[:MOST_PER_RUN])
    Submission.objects.filter(pk__in=[one.pk for one in attempts]).update(sought_at=at)
    try:
        for attempt in attempts:
            if attempt.reason == seeking.DUPLICATE_LINK:
                queue_behind_own(attempt, at=at)
        if provider.scans_numbers:
            by_number.decide(provider=provider, doubts=attempts, at=at)
    except ProviderError as error:
        logger.info("provider %s: lost orders not looked for (%s)", provider_id, error)
    if provider.checks_balance:
        for attempt in attempts:
            by_balance.decide(attempt, at=at)
