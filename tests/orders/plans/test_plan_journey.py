"""Plans against a real provider over real HTTP, from the order to its last cent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders.following import syncing
from orders.followups import sending as passing_on
from orders.models import Clock, FollowUp, Order, Status, Subscription
from orders.placing.placement import OrderRequest, place_order
from orders.plans import drip_feeds, subscriptions
from orders.sending import forwarding
from services.models import Provider, Service
from services.types import ServiceType
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.plans.planning import books_agree, reread, runs_of, sweep
from tests.orders.plans.subscribing import plan_of, posts_of

pytestmark = pytest.mark.django_db

LASTS = 601
"""Seconds of an order at this provider, and between two posts."""


@pytest.fixture
def likes(provider_row: Provider) -> Service:
    offer = factories.offer(provider=provider_row, external_id="102", can_cancel=True)
    return factories.service(provider_service=offer, can_drip_feed=True, can_cancel=True)


@pytest.fixture
def new_posts(provider_row: Provider) -> Service:
    offer = factories.offer(provider=provider_row, external_id="115", can_cancel=True)
    return factories.service(
        provider_service=offer, type=ServiceType.SUBSCRIPTIONS, can_cancel=True
    )


def place(customer: User, service: Service, **fields: object) -> Order:
    factories.fund(customer)
    asked = {"link": "", "quantity": None, "channel": Order.Channel.API} | fields
    request = OrderRequest(service_id=service.pk, **asked)  # type: ignore[arg-type]
    placed = place_order(customer_id=customer.pk, request=request, at=timezone.now())
    return Order.objects.get(pk=placed.order_id)


def ask_provider(provider: Provider) -> None:
    """Its next report of everything, and what follows for plans."""
    Clock.objects.update(next_at=timezone.now())
    syncing.poll(provider_id=provider.pk, at=timezone.now())
    subscriptions.follow_due(at=timezone.now() + timedelta(minutes=2))
    drip_feeds.run_due(at=timezone.now())


def test_a_drip_feed_reaches_the_provider_run_by_run(
    alice: User, likes: Service, provider_row: Provider, upstream: DemoProvider
) -> None:
    parent = place(
        alice,
        likes,
        link="https://example.com/partial-40",
        quantity=100,
        runs=3,
        interval_minutes=1,
    )
    for number in range(3):
        sweep(at=timezone.now() + timedelta(minutes=2 * number))
        run = runs_of(parent)[-1]
        Order.objects.filter(pk=run.pk).update(not_before=timezone.now())
        forwarding.forward(order_id=run.pk)
        upstream.advance(LASTS)
        ask_provider(provider_row)
    assert upstream.counts() == {"https://example.com/partial-40": 3}
    parent = reread(parent)
    assert (parent.status, parent.remains) == (Status.PARTIAL, 120)
    assert parent.refunded_micros == 120_000
    assert books_agree()


def test_a_subscription_pays_for_the_posts_that_came(
    alice: User, new_posts: Service, provider_row: Provider, upstream: DemoProvider
) -> None:
    texts = {"username": "name_one", "min": "100", "max": "200", "delay": "0", "posts": "2"}
    parent = place(alice, new_posts, texts=texts)
    subscriptions.follow_due(at=timezone.now())
    forwarding.forward(order_id=parent.pk)
    for _post in range(4):
        upstream.advance(LASTS)
        ask_provider(provider_row)
    made = posts_of(parent)
    assert [post.status for post in made] == [Status.COMPLETED] * 2
    assert all(100 <= post.quantity <= 200 for post in made)
    parent = reread(parent)
    assert plan_of(parent).state == Subscription.State.COMPLETED
    assert parent.net_charge_micros == sum(post.quantity for post in made) * 1000
    assert books_agree()


def test_a_subscription_without_funds_is_called_back_from_the_provider(
    alice: User, new_posts: Service, provider_row: Provider, upstream: DemoProvider
) -> None:
    texts = {"username": "name_two", "min": "5000", "max": "5000", "delay": "0"}
    parent = place(alice, new_posts, texts=texts)
    ask_for_money_elsewhere(alice)
    subscriptions.follow_due(at=timezone.now())
    forwarding.forward(order_id=parent.pk)
    upstream.advance(LASTS)
    ask_provider(provider_row)
    assert plan_of(parent).state == Subscription.State.PAUSED
    passing_on.send_due(provider_id=provider_row.pk)
    assert FollowUp.objects.get(order=parent).state == FollowUp.State.SENT
    upstream.advance(LASTS * 2)
    for _report in range(2):
        ask_provider(provider_row)
    assert plan_of(parent).state == Subscription.State.CANCELED
    assert len(posts_of(parent)) == 1
    assert books_agree()


def ask_for_money_elsewhere(customer: User) -> None:
    """What he had is gone before the first post comes."""
    factories.order(customer, quantity=10_000, service=factories.service(rate_micros=20_000_000))
