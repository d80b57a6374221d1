"""Who delivers a service whose provider no longer offers it: the first alternative that keeps what
is sold, at a cost that its price covers. Source: docs/price-lists.md, "What is gone".
"""

from __future__ import annotations

from collections.abc import Collection

from services import costs
from services.kinds import type_of
from services.models import Alternative, Service


def substitutes_for(*, offers: Collection[int]) -> dict[int, int]:
    """For services on sale from any of these offers: the offer to go on with, by the service's
    number. A service for which there is none is left out."""
    found: dict[int, int] = {}
    alternatives = (
        Alternative.objects.filter(
            service__provider_service__in=offers,
            service__is_active=True,
            provider_service__gone_at=None,
            provider_service__provider__paused_at=None,
        )
        .select_related("service", "provider_service__provider")
        .order_by("service_id", "position", "id")
    )
    for alternative in alternatives:
        if alternative.service_id not in found and _keeps_what_is_sold(alternative):
            found[alternative.service_id] = alternative.provider_service_id
    return found


def _keeps_what_is_sold(alternative: Alternative) -> bool:
    service, offer = alternative.service, alternative.provider_service
    is_same = not offer.raw_type or type_of(offer.raw_type) == service.type
    overlaps = max(service.min_quantity, offer.min_quantity) <= min(
        service.max_quantity, offer.max_quantity
    )
    keeps_promises = (
        (offer.can_refill or not service.can_refill)
        and (offer.can_cancel or not service.can_cancel)
        and (
            offer.can_drip_feed
            or not service.can_drip_feed
            or service.drip_feed_by == Service.RunBy.PANEL
        )
    )
    return is_same and overlaps and keeps_promises and _is_covered(alternative)


def _is_covered(alternative: Alternative) -> bool:
    service = alternative.service
    if service.below_cost == Service.BelowCost.ALLOW:
        return True
    service.provider_service = alternative.provider_service
    return costs.loss_on(service) is None
