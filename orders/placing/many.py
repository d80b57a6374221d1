"""Many orders of one customer in one go, each with its own result.

All that must be known is read in one call. What can be taken is taken in one call and one commit,
in the order given; what cannot is tried alone, which says why. So a large order that the money
does not reach for stands in no small one's way. Source: docs/adr/0015.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from accounts.together import MOST
from orders.placing.asking import OrderRequest
from orders.placing.inserting import Decision, insert_many
from orders.placing.placement import Placed, carry_out, decide
from orders.placing.reading import Found, read_many
from orders.refusals import OrderRefused

Outcome = Placed | OrderRefused


def place_many(
    *, customer_id: int, requests: Sequence[OrderRequest], at: datetime
) -> list[Outcome]:
    """What became of each request, in the order given. A refusal charges nothing."""
    found = read_many(customer_id=customer_id, requests=requests, at=at)
    decided = [
        _decide(customer_id, request, at, of_it)
        for request, of_it in zip(requests, found, strict=True)
    ]
    taken = _take([each for each in decided if isinstance(each, Decision)])
    return [next(taken) if isinstance(each, Decision) else each for each in decided]


def _decide(
    customer_id: int, request: OrderRequest, at: datetime, found: Found
) -> Decision | Outcome:
    try:
        return decide(customer_id=customer_id, request=request, at=at, found=found)
    except OrderRefused as refused:
        return refused


def _take(decisions: Sequence[Decision]) -> Iterator[Outcome]:
    for start in range(0, len(decisions), MOST):
        some = decisions[start : start + MOST]
        for decision, order_id in zip(some, insert_many(some), strict=True):
            yield Placed(order_id, is_replay=False) if order_id else _take_alone(decision)


def _take_alone(decision: Decision) -> Outcome:
    try:
        return carry_out(decision)
    except OrderRefused as refused:
        return refused
