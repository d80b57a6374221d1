"""What is known about a request: of the service all that is so, of orders the played ones alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orders.models import Order
from orders.placing import checking
from orders.placing.asking import OrderRequest
from orders.placing.reading import Reading, Running
from services.models import Service


def among_played(request: OrderRequest, found: Reading, kept: Sequence[Order]) -> Reading:
    """`found`, with the first of those played orders that run on the same link."""
    keys = checking.link_keys(request)
    on_link = [order for order in kept if order.link_key in keys and not order.is_final]
    ours_first = sorted(on_link, key=lambda order: order.service_id != found.service.pk)
    first = _of_category(ours_first, found.service)
    return replace(found, earlier=None, running=first)


def _of_category(orders: list[Order], service: Service) -> Running | None:
    of_category = Service.objects.filter(category_id=service.category_id)
    ids = set(
        of_category.filter(pk__in=[order.service_id for order in orders]).values_list(
            "pk", flat=True
        )
    )
    first = next((order for order in orders if order.service_id in ids), None)
    return None if first is None else Running(order_id=first.pk, service_id=first.service_id)
