"""Endpoints and their secrets; and races: each has a twin without its guard."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import freezing
from accounts.models import OutboundMail, User
from orders.models import WebhookEndpoint, WebhookMessage
from orders.webhooks import delivering, endpoints, messages, sealing
from orders.webhooks.sending import Call, Outcome
from tests.databases import TestDatabase
from tests.orders.webhooks.receiving import WHERE, endpoint
from tests.races import Gate, at_once

CROWD = 5
DAY = timedelta(days=1)


def stored(column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM orders_webhookendpoint ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_a_secret_is_of_256_bits_and_encrypted_at_rest(alice: User, now: datetime) -> None:
    """SEC-03."""
    _hook, secret = endpoint(alice)
    assert secret.startswith("whsec_")
    assert len(secret) == len("whsec_") + 44
    (sealed,) = stored("secret")
    assert secret[6:20] not in sealed
    assert sealing.secrets_of(WebhookEndpoint.objects.get(), at=now) == [secret]
    assert endpoint(alice)[1] != secret


@pytest.mark.django_db
def test_a_secret_copied_to_another_row_opens_nothing(
    alice: User, bob: User, now: datetime
) -> None:
    theirs, _secret = endpoint(alice)
    mine, _secret = endpoint(bob)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_webhookendpoint SET secret ="
            " (SELECT secret FROM orders_webhookendpoint WHERE id = %s) WHERE id = %s",
            [theirs.pk, mine.pk],
        )
    assert sealing.secrets_of(WebhookEndpoint.objects.get(pk=mine.pk), at=now) == []


@pytest.mark.django_db
def test_an_overlap_ends_by_itself_or_at_once(alice: User, now: datetime) -> None:
    hook, first = endpoint(alice)
    second = endpoints.rotate(endpoint=hook, keep=30 * DAY, at=now)
    hook.refresh_from_db()
    assert sealing.secrets_of(hook, at=now) == [second, first]
    (sealed,) = stored("old_secret")
    assert sealed
    assert first[6:20] not in sealed
    assert hook.old_secret_until == now + 7 * DAY
    assert sealing.secrets_of(hook, at=now + 7 * DAY) == [second]
    third = endpoints.rotate(endpoint=hook, keep=timedelta(0), at=now)
    hook.refresh_from_db()
    assert sealing.secrets_of(hook, at=now) == [third]
    assert stored("old_secret") == [""]


def make(alice: User) -> int:
    try:
        endpoint(alice)
    except endpoints.TooManyEndpoints:
        return 0
    return 1


def test_a_crowd_cannot_pass_the_limit(fresh_db: TestDatabase, alice: User) -> None:
    for _number in range(endpoints.MAX_ENDPOINTS - 1):
        endpoint(alice)
    assert sum(at_once(CROWD, lambda: make(alice))) == 1


def enter(alice: User) -> int:
    try:
        endpoint(alice, WHERE)
    except endpoints.AddressTaken:
        return 0
    return 1


def test_entered_often_an_address_is_told_once(fresh_db: TestDatabase, alice: User) -> None:
    assert sum(at_once(CROWD, lambda: enter(alice))) == 1


def test_without_the_constraint_it_is_told_as_often_as_it_was_entered(
    fresh_db: TestDatabase, alice: User
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE orders_webhookendpoint DROP CONSTRAINT orders_webhook_each_address_once"
        )
    assert sum(at_once(2, lambda: enter(alice))) == 2


@pytest.mark.django_db
def test_of_those_that_were_entered_twice_one_tells_what_either_told(
    alice: User, bob: User, now: datetime
) -> None:
    types = endpoints.TYPES
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE orders_webhookendpoint DROP CONSTRAINT {endpoints._ONCE}")
        endpoints.pause(endpoint=endpoint(alice, WHERE, types=types[:1])[0], at=now)
        stays, _secret = endpoint(alice, WHERE, types=types[1:2])
        twin, _secret = endpoint(alice, WHERE, types=types[2:3])
        others = [endpoint(alice)[0], endpoint(bob, WHERE)[0]]
        messages.send_test(endpoint=twin, at=now)
        cursor.execute(import_module("orders.migrations.0009_each_address_once").FOLD)
    left = dict(WebhookEndpoint.objects.values_list("pk", "types"))
    assert left.keys() == {stays.pk, *(one.pk for one in others)}
    assert sorted(left[stays.pk]) == sorted(types[:3])
    assert all(left[one.pk] == list(types) for one in others)


def rotate(hook: WebhookEndpoint) -> int:
    try:
        endpoints.rotate(endpoint=hook, keep=DAY, at=timezone.now())
    except endpoints.NotRotatable:
        return 0
    return 1


def test_pressed_often_a_secret_is_replaced_once(fresh_db: TestDatabase, alice: User) -> None:
    hook, first = endpoint(alice)
    assert sum(at_once(CROWD, lambda: rotate(hook))) == 1
    signing = sealing.secrets_of(WebhookEndpoint.objects.get(), at=timezone.now())
    assert first in signing


def test_without_the_lock_the_first_secret_is_lost(
    fresh_db: TestDatabase, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, _first = endpoint(alice)
    gate = Gate(2)
    read = gate.after(lambda endpoint: WebhookEndpoint.objects.get(pk=endpoint.pk))
    monkeypatch.setattr(endpoints, "_locked", read)
    assert sum(at_once(2, lambda: rotate(hook))) == 2


@pytest.fixture
def queued(fresh_db: TestDatabase, alice: User) -> WebhookEndpoint:
    hook, _secret = endpoint(alice)
    messages.send_test(endpoint=hook, at=timezone.now())
    return hook


def accept(_call: Call) -> Outcome:
    return Outcome(http_status=204, error="", took_ms=1)


def test_two_workers_deliver_a_message_once(queued: WebhookEndpoint) -> None:
    tried = at_once(CROWD, lambda: delivering.deliver(endpoint_id=queued.pk, sender=accept))
    assert sum(tried) == 1
    assert WebhookMessage.objects.get().attempts == 1


def test_without_the_lane_and_the_lease_it_goes_out_twice(
    queued: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the message before either has written that it is claimed."""
    found = Gate(2).after(WebhookMessage.objects.get)

    def claim(*, endpoint_id: int, at: datetime) -> Call | None:
        message = found()
        if message.delivered_at is not None:
            return None
        return delivering._call(WebhookEndpoint.objects.get(), message, at=at)

    monkeypatch.setattr(delivering, "take_lane", lambda **_named: True)
    monkeypatch.setattr(delivering, "claim", claim)
    monkeypatch.setattr(delivering, "MESSAGES_PER_TURN", 1)
    tried = at_once(2, lambda: delivering.deliver(endpoint_id=queued.pk, sender=accept))
    assert sum(tried) == 2


def test_a_replay_that_is_pressed_often_is_sent_once(queued: WebhookEndpoint) -> None:
    delivering.deliver(endpoint_id=queued.pk, sender=accept)
    seen = WebhookMessage.objects.get()

    def press_and_deliver() -> int:
        messages.replay(message=seen, at=timezone.now())
        return delivering.deliver(endpoint_id=queued.pk, sender=accept)

    assert sum(at_once(CROWD, press_and_deliver)) <= 1
    delivering.deliver(endpoint_id=queued.pk, sender=accept)
    assert WebhookMessage.objects.get().attempts == 2


def test_without_what_was_seen_each_press_sends_once_more(queued: WebhookEndpoint) -> None:
    """The twin: whoever reads the number of attempts anew replays the replay."""
    for _press in range(3):
        messages.replay(message=WebhookMessage.objects.get(), at=timezone.now())
        delivering.deliver(endpoint_id=queued.pk, sender=accept)
    assert WebhookMessage.objects.get().attempts == 3


@pytest.mark.django_db
def test_no_server_is_hammered_with_tests_and_replays(alice: User, now: datetime) -> None:
    hook, _secret = endpoint(alice)
    message = messages.send_test(endpoint=hook, at=now)
    for _press in range(messages.ASKED_PER_MINUTE - 1):
        messages.replay(message=message, at=now)
    endpoints.delete(endpoint=endpoint(alice)[0])
    other, _secret = endpoint(alice)
    with pytest.raises(messages.AskedTooOften):
        messages.send_test(endpoint=other, at=now)
    with pytest.raises(messages.AskedTooOften):
        messages.replay(message=message, at=now)
    with pytest.raises(messages.AskedTooOften):
        messages.replay_failed(endpoint=other, since=now, at=now)
    message.attempts = messages.MOST_ATTEMPTS
    message.save()
    with pytest.raises(messages.AskedTooOften):
        messages.replay(message=message, at=now + DAY)


@pytest.mark.django_db
def test_another_address_is_a_new_start(alice: User, now: datetime) -> None:
    hook, _secret = endpoint(alice)
    WebhookEndpoint.objects.update(failing_since=now, failures_in_a_row=9, rests_until=now + DAY)
    shop: dict[str, Any] = {"endpoint": hook, "name": "Shop", "at": now}
    same = endpoints.change(**shop, url=WHERE, types=endpoints.TYPES)
    assert same.failures_in_a_row == 9
    other = "https://new.example/"
    moved = endpoints.change(**shop, url=other, types=["webhook.test", "x"])
    assert (moved.failures_in_a_row, moved.failing_since, moved.types) == (0, None, [])
    made, changed = OutboundMail.objects.filter(recipient=alice.email).order_by("pk")
    assert (WHERE in made.body, other in changed.body) == (True, True)


@pytest.mark.django_db
def test_a_frozen_account_gets_no_endpoint(alice: User, now: datetime) -> None:
    freezing.freeze(user=alice, at=now)
    with pytest.raises(endpoints.AccountFrozen):
        endpoint(alice)
