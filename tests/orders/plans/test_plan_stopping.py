"""A reversed payment ends what would go on by itself (CHB-02)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from orders.ending import suspending
from orders.models import DripFeed, FollowUp, Repeat
from orders.plans import drip_feeds, renewing, stopping, subscriptions
from tests.orders.plans.planning import accept, books_agree, drip_feed, reread, runs_of, sweep
from tests.orders.plans.subscribing import subscribed
from tests.orders.plans.test_repeats import finished, placed_of, repeated
from tests.wallet.disputing import disputed, publish, topped_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _whole_balance(terms: None) -> None:
    publish()


def stop() -> None:
    now = timezone.now()
    suspending.cancel_reversed(at=now)
    stopping.stop_reversed(at=now)


def test_no_further_run_begins_and_what_is_left_pays_the_debt(alice: User) -> None:
    deposit = topped_up(alice, 10)
    parent = drip_feed(alice, quantity=1000, runs=5)
    sweep()
    run = accept(runs_of(parent)[0])
    disputed(deposit)
    stop()
    assert reread(parent).refunded_micros == 4_000_000
    assert DripFeed.objects.get(order=parent).next_run_at is None
    sweep(at=timezone.now() + timedelta(days=2))
    assert runs_of(parent) == [reread(run)]
    assert books_agree()


def test_a_run_that_nobody_has_is_canceled(alice: User) -> None:
    deposit = topped_up(alice, 10)
    parent = drip_feed(alice, runs=3)
    sweep()
    disputed(deposit)
    stop()
    drip_feeds.run_due(at=timezone.now())
    parent = reread(parent)
    assert (parent.status, parent.refunded_micros) == ("canceled", parent.charge_micros)


def test_a_subscription_is_called_back_once(alice: User) -> None:
    deposit = topped_up(alice, 10)
    parent = subscribed(alice)
    disputed(deposit)
    for _sweep in range(2):
        stop()
        subscriptions.follow_due(at=timezone.now())
    assert FollowUp.objects.get(order=parent).kind == FollowUp.Kind.CANCEL


def test_a_monthly_order_is_placed_no_more(alice: User) -> None:
    deposit = topped_up(alice, 10)
    repeat = repeated(finished(alice))
    disputed(deposit)
    stop()
    renewing.renew_due(at=timezone.now() + timedelta(days=62))
    assert placed_of(repeat) == []
    assert Repeat.objects.get().next_on is None


def test_whoever_is_suspended_gets_no_further_post(alice: User) -> None:
    parent = subscribed(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False, standing=User.Standing.SUSPENDED)
    for _sweep in range(2):
        subscriptions.follow_due(at=timezone.now())
    assert FollowUp.objects.filter(order=parent).count() == 1


def test_others_go_on(alice: User, bob: User) -> None:
    deposit = topped_up(alice, 10)
    parent = drip_feed(bob)
    sweep()
    disputed(deposit)
    stop()
    assert DripFeed.objects.get(order=parent).next_run_at is not None
