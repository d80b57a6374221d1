"""What the actions of API v2 do with real orders; `played` does the same for sandbox keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from orders.api import answers
from orders.followups import asking
from orders.followups.asking import Answer
from orders.followups.reasons import Reason
from orders.models import FollowUp, Order
from orders.placing import many
from orders.placing.asking import OrderRequest
from orders.placing.placement import Placed, place_order
from orders.placing.reading import Found
from orders.plans import drip_feeds
from orders.refusals import OrderRefused
from wallet import balances


def place(*, customer_id: int, request: OrderRequest, at: datetime, found: Found | None) -> Placed:
    return place_order(customer_id=customer_id, request=request, at=at, found=found)


def place_many(
    *, customer_id: int, requests: Sequence[OrderRequest], at: datetime
) -> list[Placed | OrderRefused]:
    return many.place_many(customer_id=customer_id, requests=requests, at=at)


def reports(
    *, customer_id: int, numbers: Iterable[int], at: datetime
) -> dict[int, dict[str, object]]:
    orders = Order.objects.visible_to(customer_id).only(*answers.REPORTED)
    return answers.order_reports(orders.filter(pk__in=set(numbers)))


def spendable_micros(*, customer_id: int, at: datetime) -> int:
    return balances.spendable_micros(customer_id=customer_id)


def ask(
    *, order_ids: Iterable[int], customer_id: int, kind: FollowUp.Kind, at: datetime
) -> list[Answer]:
    answers = asking.ask_many(order_ids=order_ids, customer_id=customer_id, kind=kind, at=at)
    return [_or_stopped(answer, customer_id=customer_id, at=at) for answer in answers]


def _or_stopped(answer: Answer, *, customer_id: int, at: datetime) -> Answer:
    """A drip-feed that is under way is ended by beginning no further run (docs/plans.md)."""
    if answer.reason != Reason.RUNS_BEGUN:
        return answer
    try:
        drip_feeds.stop(order_id=answer.order_id, customer_id=customer_id, at=at)
    except (drip_feeds.NothingToStop, Order.DoesNotExist):
        return answer
    return Answer(answer.order_id, is_canceled=True)


def refill_states(*, customer_id: int, numbers: Iterable[int], at: datetime) -> dict[int, str]:
    mine = FollowUp.objects.filter(
        pk__in=set(numbers), kind=FollowUp.Kind.REFILL, order__customer_id=customer_id
    )
    return dict(mine.values_list("pk", "state"))
