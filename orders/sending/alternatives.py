"""Where an order goes when a provider has refused it for certain: to the service's next
alternative that can keep what was sold, else back to the customer in full (ORD-03, DEL-10).
Source: docs/forwarding.md, "After a refusal".
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from orders import lifecycle
from orders.models import Order, Role, Status, Submission
from services import costs
from services.kinds import means
from services.models import ProviderService, Service
from services.types import Counting, spec_of

# Why an order stands in the queue again; customers and staff read their own words for it.
PASSED_ON = "passed_on"


def pass_on(*, order: Order, at: datetime) -> None:
    """The next attempt for a locked order that is *submitting* and was refused, or its end."""
    offer = next_offer(order)
    if offer is None:
        lifecycle.cancel_in_full(order=order, at=at, reason="refused")
        return
    order.offer = offer
    order.not_before = at
    order.save(update_fields=["offer", "not_before"])
    lifecycle.advance(order=order, to=Status.QUEUED, at=at, reason=PASSED_ON)


def next_offer(order: Order) -> ProviderService | None:
    """The first alternative by position that has not refused this order yet."""
    refused = order.submissions.filter(state=Submission.State.REFUSED)
    tried = set(refused.values_list("provider_id", "provider_service_id"))
    offers = fitting(order).filter(alternatives__service=order.service_id)
    in_order = offers.order_by("alternatives__position", "alternatives__id")
    return next(
        (offer for offer in in_order if (offer.provider_id, offer.external_id) not in tried), None
    )


def fitting(order: Order) -> QuerySet[ProviderService]:
    """Of the service's own offer, its alternatives and the present one: those of running providers
    that mean the same type, take this quantity, can do what was promised, and do not cost more than
    the order brings unless the service allows that."""
    offered = Q(gone_at=None) | Q(pk=order.offer_id)
    offers = _of_the_service(order).filter(offered, provider__paused_at=None)
    offers = offers.select_related("provider")
    kind = str(order.snapshot["type"])
    offers = offers.exclude(
        pk__in=[offer.pk for offer in offers if not means(offer.raw_type, kind)]
    )
    if spec_of(kind).counting in (Counting.ASKED, Counting.LINES):
        offers = offers.filter(min_quantity__lte=order.quantity, max_quantity__gte=order.quantity)
    if order.snapshot.get("can_refill"):
        offers = offers.filter(can_refill=True)
    if order.snapshot.get("can_cancel"):
        offers = offers.filter(can_cancel=True)
    if order.role == Role.SINGLE and order.runs is not None:
        offers = offers.filter(can_drip_feed=True)
    if order.service.below_cost == Service.BelowCost.REFUSE:
        covered = [offer.pk for offer in offers if costs.is_covered(offer, order.rate_micros)]
        offers = offers.filter(Q(pk__in=covered) | Q(pk=order.offer_id))
    return offers


def _of_the_service(order: Order) -> QuerySet[ProviderService]:
    own = Q(services=order.service_id) | Q(alternatives__service=order.service_id)
    found = ProviderService.objects.filter(own | Q(pk=order.offer_id))
    return ProviderService.objects.filter(pk__in=found.values("pk"))
