"""How an order, a request after it and a plan are told to programs: the trade's words, keys and
JSON types, the same in every API and in what webhooks send. Nothing here is translated.

Source: API-04.
"""

from __future__ import annotations

from collections.abc import Mapping

from orders.models import FollowUp, Order, Role, Status, Subscription
from wallet import money

CURRENCY = "USD"

# Clients refund and stop asking by these words; whatever only staff can tell apart is Pending.
ORDER_WORDS: Mapping[Status, str] = {
    Status.HELD: "Pending",
    Status.QUEUED: "Pending",
    Status.SUBMITTING: "Pending",
    Status.UNCERTAIN: "Pending",
    Status.PENDING: "Pending",
    Status.IN_PROGRESS: "In progress",
    Status.PROCESSING: "Processing",
    Status.COMPLETED: "Completed",
    Status.PARTIAL: "Partial",
    Status.CANCELED: "Canceled",
}

REQUEST_WORDS: Mapping[str, str] = {
    FollowUp.State.ASKED: "Pending",
    FollowUp.State.SENDING: "Pending",
    FollowUp.State.UNCERTAIN: "Pending",
    FollowUp.State.SENT: "In progress",
    FollowUp.State.DONE: "Completed",
    FollowUp.State.DECLINED: "Rejected",
    FollowUp.State.EXPIRED: "Rejected",
}

PLAN_WORDS: Mapping[str, str] = {
    Subscription.State.ACTIVE: "Active",
    Subscription.State.PAUSED: "Paused",
    Subscription.State.COMPLETED: "Completed",
    Subscription.State.EXPIRED: "Expired",
    Subscription.State.CANCELED: "Canceled",
}


def report(order: Order) -> dict[str, object]:
    """The five keys of every order. `charge` is what it costs now, after every refund."""
    return {
        "charge": money.plain(order.net_charge_micros),
        "start_count": str(order.start_count or 0),
        "status": ORDER_WORDS[Status(order.status)],
        "remains": str(order.units - (order.delivered or 0)),
        "currency": CURRENCY,
    }


def of_plan(order: Order, *, state: str | None) -> dict[str, object]:
    """What is told otherwise of a subscription; `state` is its plan's once its provider has it."""
    told: dict[str, object] = {}
    if order.role == Role.SUBSCRIPTION and order.runs is None:
        # Nothing is owed in advance, so nothing remains.
        told["remains"] = "0"
    if state is not None:
        told["status"] = PLAN_WORDS[state]
    return told
