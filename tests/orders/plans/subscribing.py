"""Subscriptions as tests begin them; a provider that says what it is told to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from orders.following.reporting import apply_report
from orders.models import Order, Subscription
from orders.placing.placement import OrderRequest, place_order
from orders.plans import subscriptions
from services.models import Service
from services.providers.dialect import API_V2, Dialect, ReportState, normalise_word
from services.providers.errors import OutcomeUnknown
from services.providers.reports import Report, SubscriptionReport, Unreadable
from services.types import ServiceType
from tests import factories
from tests.orders.plans.planning import accept, reread

_numbers = itertools.count(90_001)


def subscribed(
    customer: User,
    *,
    funds: int = 100 * factories.MICROS,
    chosen: Service | None = None,
    **texts: Any,
) -> Order:
    """A subscription at 1.00 per 1000 to between 100 and 200 per post, with its provider."""
    return accept(placed(customer, funds=funds, chosen=chosen, **texts))


def placed(
    customer: User,
    *,
    funds: int = 100 * factories.MICROS,
    chosen: Service | None = None,
    **texts: Any,
) -> Order:
    """The same before its provider has it."""
    factories.fund(customer, funds)
    order = place_order(
        customer_id=customer.pk,
        request=OrderRequest(
            service_id=(chosen or following_posts()).pk,
            link="",
            quantity=None,
            channel=Order.Channel.API,
            texts={"username": f"name_{next(_numbers)}", "min": "100", "max": "200", "delay": "0"}
            | {name: str(text) for name, text in texts.items()},
        ),
        at=timezone.now(),
    )
    subscriptions.follow_due(at=timezone.now())
    return Order.objects.get(pk=order.order_id)


def following_posts(*, can_cancel: bool = True) -> Service:
    offer = factories.offer(can_cancel=can_cancel)
    return factories.service(
        type=ServiceType.SUBSCRIPTIONS, can_cancel=can_cancel, provider_service=offer
    )


def plan_of(parent: Order) -> Subscription:
    return Subscription.objects.get(order=parent)


def posts_of(parent: Order) -> list[Order]:
    return list(parent.children.order_by("run_number"))


@dataclass
class Upstream:
    """Stands in for `client.statuses` about posts: knows the numbers it has named."""

    quantities: dict[str, int | None] = field(default_factory=dict)
    is_down: bool = False
    calls: int = 0

    def statuses(
        self, _endpoint: object, *, external_ids: Sequence[str], dialect: Dialect = API_V2
    ) -> dict[str, Report | Unreadable]:
        self.calls += 1
        if self.is_down:
            raise OutcomeUnknown("timeout")
        return {number: self._about(number) for number in external_ids}

    def _about(self, number: str) -> Report | Unreadable:
        if number not in self.quantities:
            return Unreadable("unknown_order")
        quantity = self.quantities[number]
        return Report(state=ReportState.PENDING, word="Pending", quantity=quantity)

    def make(self, quantity: int | None = None) -> str:
        number = str(next(_numbers))
        self.quantities[number] = quantity
        return number


def say(parent: Order, word: str, *numbers: str, at: datetime | None = None) -> Order:
    """The provider's report of the subscription, and the sweep after it."""
    told = Report(
        state=API_V2.states.get(normalise_word(word)),
        word=word,
        subscription=SubscriptionReport(orders=numbers),
    )
    apply_report(order_id=parent.pk, report=told, at=at or timezone.now())
    subscriptions.follow_due(at=at or timezone.now())
    return reread(parent)
