"""Many orders of one customer in one go, each with its own result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orders.placing.asking import OrderRequest
from orders.placing.placement import Placed, place_order
from orders.refusals import OrderRefused

MOST = 100


def place_many(
    *, customer_id: int, requests: Sequence[OrderRequest], at: datetime
) -> list[Placed | OrderRefused]:
    """What became of each of up to MOST requests, in the order given. A refusal charges nothing
    and stands in nobody else's way."""
    return [_place(customer_id, request, at) for request in requests]


def _place(customer_id: int, request: OrderRequest, at: datetime) -> Placed | OrderRefused:
    try:
        return place_order(customer_id=customer_id, request=request, at=at)
    except OrderRefused as refused:
        return refused
