"""What API v2 tells of an order that goes on by itself, beside the usual five keys: both kinds of
clients, those that know of plans and those that do not, find what they look for.

Source: docs/plans.md, "What the API says".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from orders import telling
from orders.models import Order, Role, Subscription

_PLANS = (Role.DRIP_FEED, Role.SUBSCRIPTION)


def extras_of(orders: Collection[Order]) -> dict[int, dict[str, object]]:
    """The further keys of each order that has some, by its number; two queries for all of them."""
    numbers = [order.pk for order in orders if order.role in _PLANS]
    children = _children(numbers)
    plans = Subscription.objects.filter(order__in=numbers).in_bulk(field_name="order_id")
    found = {order.pk: extras(order, children[order.pk], plans.get(order.pk)) for order in orders}
    return {number: further for number, further in found.items() if further}


def extras(order: Order, children: list[int], plan: Subscription | None) -> dict[str, object]:
    """The further keys of one order; none where it is in no plan."""
    if order.role not in _PLANS and order.runs is None:
        return {}
    if order.role != Role.SUBSCRIPTION:
        # The runs of one that its provider carries out have no numbers of ours.
        return {"runs": str(order.runs), "orders": children}
    further: dict[str, object] = {
        "posts": str(plan.posts or 0) if plan else "0",
        "expiry": f"{plan.expires_on:%d/%m/%Y}" if plan and plan.expires_on else "",
        "orders": children,
    }
    is_known = plan is not None and order.external_id is not None
    return further | telling.of_plan(order, state=plan.state if plan and is_known else None)


def _children(parents: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    if parents:
        rows = Order.objects.filter(parent__in=parents).order_by("run_number")
        for parent_id, number in rows.values_list("parent_id", "pk"):
            found[parent_id or 0].append(number)
    return found
