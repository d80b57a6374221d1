"""How often an order is looked at, and how fairly (docs/following.md, "How often")."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from orders.following import syncing
from orders.models import Clock, Order, Status
from orders.polling import next_poll_at
from orders.sending import forwarding
from services.models import Service
from tests.demo_provider.process import DemoProvider
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


@pytest.mark.django_db
def test_the_first_look_comes_soon(sent: Order) -> None:
    assert sent.sent_at is not None
    assert sent.next_check_at == sent.sent_at + timedelta(seconds=10)


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
        Clock.objects.filter(pk=one.pk).update(next_at=now - timedelta(minutes=minutes))
    provider_id = placed[0].offer.provider_id  # type: ignore[union-attr]
    batch, _since = syncing._due(provider_id=provider_id, at=now, since=None)
    assert list(batch.values()) == [placed[1].pk, placed[2].pk, placed[0].pk]


@pytest.mark.django_db
def test_a_batch_that_a_dead_worker_took_is_asked_about_when_his_turn_is_over(
    sent: Order, upstream: DemoProvider, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, provider_id = now + timedelta(minutes=1), sent.provider_id or 0
    with monkeypatch.context() as patch:
        patch.setattr(syncing, "_ask", _killed)
        with pytest.raises(KeyboardInterrupt):
            syncing.poll(provider_id=provider_id, at=due)
    assert syncing.poll(provider_id=provider_id, at=due + timedelta(seconds=5)) == 0
    later = due + timedelta(seconds=syncing.TURN_SECONDS + 1)
    assert syncing.poll(provider_id=provider_id, at=later) == 1
    assert syncing.poll(provider_id=provider_id, at=later) == 0


def _killed(**_batch: object) -> bool:
    raise KeyboardInterrupt


def _faulty(**_reports: object) -> None:
    raise LookupError("a fault of ours")


@pytest.mark.django_db
def test_a_batch_that_nobody_can_write_down_does_not_stand_in_front_of_the_others(
    sent: Order, upstream: DemoProvider, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, provider_id = now + timedelta(minutes=1), sent.provider_id or 0
    monkeypatch.setattr(syncing, "apply_reports", _faulty)
    with pytest.raises(LookupError):
        syncing.poll(provider_id=provider_id, at=due)
    sent.refresh_from_db()
    assert sent.next_check_at == due + timedelta(seconds=syncing.NEXT_LOOK_SECONDS)


@pytest.mark.django_db
def test_a_long_queue_is_asked_about_to_its_end_in_one_turn(
    alice: User, views: Service, upstream: DemoProvider, now: datetime, monkeypatch: Any
) -> None:
    """Each once, although many are due at the same instant and what was asked stays in the way."""
    monkeypatch.setattr(syncing, "BATCH", 2)
    for _number in range(5):
        forwarding.forward(order_id=order(alice, service=views, quantity=100).pk)
    due = now + timedelta(minutes=1)
    Clock.objects.update(next_at=due)
    provider_id = Order.objects.latest("pk").provider_id or 0
    assert syncing.providers_due(at=due) == [provider_id]
    assert syncing.poll(provider_id=provider_id, at=due) == 5
    assert syncing.providers_due(at=due) == []
    assert [len(call["fields"]["orders"].split(",")) for call in _status_calls(upstream)] == [
        2,
        2,
        1,
    ]


def _status_calls(upstream: DemoProvider) -> list[Any]:
    return [call for call in upstream.requests() if "orders" in call["fields"]]


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
