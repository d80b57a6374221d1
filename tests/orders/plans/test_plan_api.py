"""What API v2 tells of drip-feeds and subscriptions: the five keys, and those of plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from orders.models import Order, Subscription
from services.models import Service
from services.providers import client as provider_client
from services.providers.dialect import ReportState
from tests import factories
from tests.orders.plans.planning import (
    accept,
    books_agree,
    drip_feed,
    dripping,
    report,
    reread,
    run_to,
    runs_of,
    sweep,
)
from tests.orders.plans.subscribing import Upstream, say, subscribed

pytestmark = pytest.mark.django_db

Ask = Callable[..., Any]

FIVE = {"charge", "start_count", "status", "remains", "currency"}


@pytest.fixture
def ask(client: Client, alice: User) -> Ask:
    _key, secret = api_keys.create(
        user=alice, name="bot", scope=ApiKey.Scope.ORDER, at=timezone.now()
    )

    def ask(**fields: object) -> Any:
        answer = client.post("/api/v2", {"key": secret, **fields})
        return answer.json()

    return ask


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Upstream:
    told = Upstream()
    monkeypatch.setattr(provider_client, "statuses", told.statuses)
    return told


def test_a_drip_feed_is_ordered_and_told_with_its_runs(alice: User, ask: Ask) -> None:
    factories.fund(alice)
    fields = {"service": dripping().pk, "link": "https://example.com/p/9", "quantity": 1000}
    number = ask(action="add", runs=5, interval=60, **fields)["order"]
    parent = Order.objects.get(pk=number)
    run_to(parent, ReportState.PARTIAL, remains=400)
    told = ask(action="status", order=number)
    assert told == {
        "charge": "4.6",
        "start_count": "500",
        "status": "In progress",
        "remains": "4400",
        "currency": "USD",
        "runs": "5",
        "orders": [runs_of(parent)[0].pk],
    }


def test_a_run_is_told_by_its_own_number(alice: User, ask: Ask) -> None:
    run = run_to(drip_feed(alice), ReportState.COMPLETED)
    told = ask(action="status", order=run.pk)
    assert told.keys() == FIVE
    assert (told["status"], told["charge"], told["remains"]) == ("Completed", "0", "0")


def test_a_subscription_is_told_with_its_posts(alice: User, provider: Upstream, ask: Ask) -> None:
    parent = subscribed(alice, posts=3, expiry="31/12/2030")
    say(parent, "Active", provider.make(), provider.make())
    told = ask(action="status", order=parent.pk)
    posts = parent.children.order_by("run_number").values_list("pk", flat=True)
    assert told == {
        "charge": "0.6",
        "start_count": "0",
        "status": "Active",
        "remains": "600",
        "currency": "USD",
        "posts": "3",
        "expiry": "31/12/2030",
        "orders": list(posts),
    }


@pytest.mark.parametrize("state", Subscription.State)
def test_a_subscription_speaks_the_words_of_the_trade(
    alice: User,
    ask: Ask,
    state: Subscription.State,
) -> None:
    parent = subscribed(alice)
    Subscription.objects.filter(order=parent).update(state=state)
    words = {"Active", "Paused", "Completed", "Expired", "Canceled"}
    told = ask(action="status", order=parent.pk)
    assert told["status"] in words
    assert told["status"] == str(state).capitalize()
    assert (told["charge"], told["remains"], told["posts"]) == ("0", "0", "0")


def test_before_it_is_sent_a_subscription_is_pending(alice: User, ask: Ask) -> None:
    parent = subscribed(alice)
    Order.objects.filter(pk=parent.pk).update(external_id=None, status="queued")
    assert ask(action="status", order=parent.pk)["status"] == "Pending"


def test_many_at_once_each_tell_their_own(alice: User, provider: Upstream, ask: Ask) -> None:
    plain, feed, plan = factories.order(alice), drip_feed(alice), subscribed(alice)
    numbers = f"{plain.pk},{feed.pk},{plan.pk}"
    told = ask(action="status", orders=numbers)
    assert {number: set(keys) - FIVE for number, keys in told.items()} == {
        str(plain.pk): set(),
        str(feed.pk): {"runs", "orders"},
        str(plan.pk): {"posts", "expiry", "orders"},
    }


def test_a_strangers_runs_are_nobodys(bob: User, ask: Ask) -> None:
    run = run_to(drip_feed(bob), ReportState.COMPLETED)
    assert ask(action="status", order=run.pk)["error"] == "Incorrect order ID"


def test_a_drip_feed_is_canceled_like_any_order(alice: User, ask: Ask) -> None:
    parent = drip_feed(alice, quantity=1000, runs=5)
    sweep()
    accept(runs_of(parent)[0])
    assert ask(action="cancel", order=parent.pk) == {"cancel": 1}
    assert reread(parent).refunded_micros == 4 * factories.MICROS
    assert ask(action="cancel", order=parent.pk)["code"] == "not_cancelable"


# --- Passed to the provider -----------------------------------------------------------------------


def passed_on(alice: User, *, quantity: int, runs: int) -> Order:
    service = dripping(drip_feed_by=Service.RunBy.PROVIDER)
    return accept(drip_feed(alice, quantity=quantity, runs=runs, interval=30, service=service))


def test_a_drip_feed_of_the_providers_is_sent_with_its_runs(alice: User) -> None:
    order = passed_on(alice, quantity=1000, runs=5)
    sent = order.submissions.get().request
    assert (sent["quantity"], sent["runs"], sent["interval"]) == ("1000", "5", "30")
    assert (order.role, order.charge_micros) == (Order.Role.SINGLE, 5 * factories.MICROS)


def test_its_refunds_are_counted_in_all_its_units(alice: User, ask: Ask) -> None:
    order = passed_on(alice, quantity=1000, runs=5)
    report(order, ReportState.PARTIAL, remains=3250)
    assert reread(order).refunded_micros == 3_250_000
    told = ask(action="status", order=order.pk)
    assert (told["remains"], told["charge"], told["runs"]) == ("3250", "1.75", "5")
    assert books_agree()


def test_more_than_all_its_units_is_not_believed(alice: User) -> None:
    order = passed_on(alice, quantity=1000, runs=5)
    report(order, ReportState.PARTIAL, remains=5001)
    assert reread(order).refunded_micros == 0
