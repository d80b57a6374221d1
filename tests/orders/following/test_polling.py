"""How often an order is looked at, and how fairly (docs/following.md, "How often")."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from orders.following import syncing
from orders.models import Order, Status
from orders.polling import first_poll_at, next_poll_at
from orders.sending import forwarding
from services.models import Service
from smmpanel.demo_provider.process import DemoProvider
from tests.factories import order

AGES = [
    # Age and the time until the next check, in seconds.
    (0, 10),
    (200, 10),
    (400, 20),
    (3600, 180),
    (20 * 3600, 3600),
    (90 * 86400, 3600),
]


def running(now: datetime, age_seconds: int, *, remains: int | None = None) -> Order:
    sent_at = now - timedelta(seconds=age_seconds)
    started_at = None if remains is None else sent_at
    return Order(
        status=Status.IN_PROGRESS,
        quantity=1000,
        charge_micros=1,
        sent_at=sent_at,
        started_at=started_at,
        remains=remains,
    )


@pytest.mark.parametrize(("age", "seconds"), AGES)
def test_the_younger_an_order_the_oftener_it_is_checked(
    now: datetime, age: int, seconds: int
) -> None:
    found = next_poll_at(order=running(now, age), at=now, late_refund_days=90)
    assert found == now + timedelta(seconds=seconds)


def test_the_last_tenth_is_watched_closely(now: datetime) -> None:
    hour = 3600
    nearly = next_poll_at(order=running(now, hour, remains=100), at=now, late_refund_days=90)
    halfway = next_poll_at(order=running(now, hour, remains=101), at=now, late_refund_days=90)
    assert nearly == now + timedelta(seconds=36)
    assert halfway == now + timedelta(seconds=180)


def test_the_first_look_comes_soon(now: datetime) -> None:
    assert first_poll_at(at=now) == now + timedelta(seconds=10)


@pytest.mark.parametrize("days", [0, 1, 90])
def test_a_finished_order_is_asked_about_once_a_day_as_long_as_its_terms_say(
    now: datetime, days: int
) -> None:
    done = running(now, 60)
    done.status, done.finished_at = Status.COMPLETED, now
    polls = 0
    at = now
    while found := next_poll_at(order=done, at=at, late_refund_days=days):
        at, polls = found, polls + 1
    assert polls == days


@pytest.mark.django_db
def test_what_has_waited_longest_is_asked_about_first(
    alice: User, views: Service, upstream: DemoProvider, now: datetime
) -> None:
    placed = [order(alice, service=views, quantity=100) for _number in range(3)]
    for one, minutes in zip(placed, (1, 3, 2), strict=True):
        forwarding.forward(order_id=one.pk)
        Order.objects.filter(pk=one.pk).update(next_poll_at=now - timedelta(minutes=minutes))
    batch = syncing._claim(provider_id=views.provider_service.provider_id, at=now)  # type: ignore[union-attr]
    assert list(batch.values()) == [placed[1].pk, placed[2].pk, placed[0].pk]


@pytest.mark.django_db
def test_a_batch_that_a_dead_worker_took_is_asked_about_again(
    sent: Order, upstream: DemoProvider, now: datetime
) -> None:
    due = now + timedelta(minutes=1)
    provider_id = sent.provider_id or 0
    assert list(syncing._claim(provider_id=provider_id, at=due).values()) == [sent.pk]
    assert syncing._claim(provider_id=provider_id, at=due) == {}
    later = due + timedelta(seconds=syncing.CLAIM_SECONDS)
    assert list(syncing._claim(provider_id=provider_id, at=later).values()) == [sent.pk]


@pytest.mark.django_db
def test_orders_of_a_provider_that_fails_are_silent_until_it_answers(
    sent: Order, upstream: DemoProvider, now: datetime
) -> None:
    """Not a miss of each of them: the failure is the provider's, and one case (test_syncing)."""
    upstream.fault("html", action="status")
    failed_at, later = now + timedelta(minutes=1), now + timedelta(minutes=3)
    syncing.poll(provider_id=sent.provider_id or 0, at=failed_at)
    sent.refresh_from_db()
    assert (sent.silent_since, sent.poll_failures, sent.status) == (failed_at, 0, Status.PENDING)
    syncing.poll(provider_id=sent.provider_id or 0, at=later)
    sent.refresh_from_db()
    assert (sent.silent_since, sent.checked_at) == (None, later)
