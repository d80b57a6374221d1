"""Drip-feeds and subscriptions as tests begin them, and what a provider would say about them."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from orders.following.reporting import apply_report
from orders.models import DripFeed, Order, Status
from orders.placing.placement import OrderRequest, place_order
from orders.plans import drip_feeds
from orders.sending import forwarding
from services.models import Service
from services.providers.dialect import ReportState
from services.providers.errors import OutcomeUnknown, Refused
from services.providers.reports import Report
from tests import factories
from wallet import verification

_numbers = itertools.count(70_001)


def drip_feed(
    customer: User, *, quantity: int = 100, runs: int = 5, interval: int = 60, **fields: Any
) -> Order:
    """A placed drip-feed of a service at 1.00 per 1000 that the panel runs itself."""
    chosen = fields.pop("service", None) or dripping()
    factories.fund(customer)
    placed = place_order(
        customer_id=customer.pk,
        request=OrderRequest(
            service_id=chosen.pk,
            link=fields.pop("link", f"https://example.com/p/{next(_numbers)}"),
            quantity=quantity,
            channel=fields.pop("channel", Order.Channel.API),
            runs=runs,
            interval_minutes=interval,
        ),
        at=fields.pop("at", None) or timezone.now(),
    )
    return Order.objects.get(pk=placed.order_id)


def dripping(**fields: Any) -> Service:
    return factories.service(**{"can_drip_feed": True, "can_cancel": True} | fields)


def reread(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def sweep(*, at: datetime | None = None) -> None:
    """As beat does it, until nothing is left to do at that time."""
    at = at or timezone.now()
    drip_feeds.run_due(at=at)
    drip_feeds.run_due(at=at)


def runs_of(parent: Order) -> list[Order]:
    return list(parent.children.order_by("run_number"))


def _forward(order: Order, sender: forwarding.Sender) -> Order:
    """Now, however far ahead the clock of the test's sweeps is."""
    Order.objects.filter(pk=order.pk).update(not_before=timezone.now())
    forwarding.forward(order_id=order.pk, sender=sender)
    return reread(order)


def accept(order: Order) -> Order:
    """The order's provider takes it."""

    def say_yes(_attempt: forwarding.Attempt) -> forwarding.Outcome:
        return forwarding.Accepted(str(next(_numbers)))

    return _forward(order, say_yes)


def refuse(order: Order) -> Order:
    def say_no(_attempt: forwarding.Attempt) -> forwarding.Outcome:
        return Refused("Bad Link")

    return _forward(order, say_no)


def lose(order: Order) -> Order:
    """Nobody knows whether the provider has it."""

    def say_nothing(_attempt: forwarding.Attempt) -> forwarding.Outcome:
        return OutcomeUnknown("timeout")

    return _forward(order, say_nothing)


def report(
    order: Order, state: ReportState, *, remains: int | None = None, at: datetime | None = None
) -> Order:
    told = Report(
        state=state,
        word=str(state),
        remains=remains,
        remains_text=None if remains is None else str(remains),
        start_count=500,
    )
    apply_report(order_id=order.pk, report=told, at=at or timezone.now())
    return reread(order)


def run_to(
    parent: Order, state: ReportState, *, remains: int | None = None, at: datetime | None = None
) -> Order:
    """Has the next run of a drip-feed begin, be accepted and end so."""
    feed = DripFeed.objects.filter(order=parent).first()
    at = at or (feed and feed.next_run_at) or timezone.now()
    sweep(at=at)
    run = accept(runs_of(parent)[-1])
    assert run.status == Status.PENDING
    run = report(run, state, remains=remains, at=at)
    sweep(at=at)
    return run


def books_agree() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
