"""What happens to requests after an order, as the worker and the provider do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from legal.models import Publication
from legal.presets import STARTER
from legal.publishing import publish
from orders.following import syncing
from orders.followups import asking, following, sending
from orders.followups.asking import Answer
from orders.models import Clock, FollowUp, Order
from orders.sending import forwarding
from tests.demo_provider.process import DemoProvider

Kind, State = FollowUp.Kind, FollowUp.State


def under(**values: Any) -> None:
    """From now on orders are placed under these terms."""
    policy = replace(STARTER, **values)
    if policy != Publication.objects.current().get_policy():
        publish(policy=policy, versions=[], published_by=None, at=timezone.now())


def sent_to(order: Order) -> Order:
    """Given to its provider over real HTTP."""
    forwarding.forward(order_id=order.pk)
    order.refresh_from_db()
    assert order.external_id is not None
    return order


def reported(order: Order) -> Order:
    """What its provider says of it now."""
    Clock.objects.filter(pk=order.pk).update(next_at=timezone.now())
    assert order.provider_id is not None
    syncing.poll(provider_id=order.provider_id, at=timezone.now())
    order.refresh_from_db()
    return order


def let_pass(order: Order, upstream: DemoProvider, *, seconds: float) -> Order:
    """Time at the provider, and then its report."""
    upstream.advance(seconds)
    return reported(order)


def ask(order: Order, kind: FollowUp.Kind, *, at: datetime | None = None) -> Answer:
    return asking.ask(
        order_id=order.pk, customer_id=order.customer_id, kind=kind, at=at or timezone.now()
    )


def asked(order: Order, kind: FollowUp.Kind, *, at: datetime | None = None) -> FollowUp:
    """The request that was taken."""
    number = ask(order, kind, at=at).follow_up_id
    assert number is not None
    return FollowUp.objects.get(pk=number)


def pass_on(follow_up: FollowUp) -> FollowUp:
    """A turn of the worker."""
    assert follow_up.provider_id is not None
    sending.send_due(provider_id=follow_up.provider_id)
    return reread(follow_up)


def answered(follow_up: FollowUp, *, after: timedelta = timedelta(0)) -> FollowUp:
    """The sweep that looks whether orders have answered."""
    following.answer_requests(at=timezone.now() + after)
    return reread(follow_up)


def reread(follow_up: FollowUp) -> FollowUp:
    return FollowUp.objects.get(pk=follow_up.pk)


def calls(upstream: DemoProvider, action: str) -> int:
    """How often the provider was asked for that."""
    return sum(one["fields"].get("action") == action for one in upstream.requests())


def may_not(order: Order, kind: FollowUp.Kind) -> str:
    """The code of the reason for which nothing can be asked."""
    try:
        ask(order, kind)
    except asking.CannotAsk as refusal:
        return str(refusal.reason)
    return ""
