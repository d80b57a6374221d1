"""What a played order would be, before it is one."""

from __future__ import annotations

from datetime import datetime

from orders.placing import notices
from orders.placing.asking import OrderRequest
from orders.placing.placement import Review, review_of
from orders.placing.reading import read
from orders.sandbox import reading
from orders.sandbox.looking import among_played


def review(*, customer_id: int, request: OrderRequest, at: datetime) -> Review:
    """Like `placement.review_order`, of his played orders. Raises OrderRefused."""
    kept = reading.kept_orders(customer_id=customer_id, at=at)
    found = among_played(request, read(customer_id=customer_id, request=request, at=at), kept)
    is_known = any(order.service_id == found.service.pk for order in kept)
    shown = notices.shown_for if is_known else notices.shown_the_first_time
    words = notices.words_of(shown(found.service))
    return review_of(reading=found, request=request, notices=words, at=at)
