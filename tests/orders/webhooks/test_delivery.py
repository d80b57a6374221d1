"""Delivering: signed by the standard, at least once, in a lane of its own for each endpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import OutboundMail, User
from orders.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from orders.tasks import deliver_webhooks_to
from orders.webhooks import clocks, delivering, endpoints, messages, sending
from orders.webhooks.delivering import deliver, finish
from orders.webhooks.sending import Call, Outcome
from tests.orders.webhooks.receiving import BROKEN, WHERE, endpoint, heard
from tests.services.providers.raw_server import RawServer, answer, saying, silent

pytestmark = pytest.mark.django_db
YES = Outcome(http_status=204, error="", took_ms=5)
NO = Outcome(http_status=500, error="", took_ms=5)


@pytest.fixture
def hook(alice: User, shop: RawServer) -> WebhookEndpoint:
    return endpoint(alice, f"http://{shop.host}/hooks/?shop=1")[0]


def waiting(at: WebhookEndpoint, number: int = 1) -> list[WebhookMessage]:
    now = timezone.now()
    return [messages.send_test(endpoint=at, at=now) for _ in range(number)]


def again(message: WebhookMessage) -> WebhookMessage:
    return WebhookMessage.objects.select_related("endpoint").get(pk=message.pk)


def overdue(message: WebhookMessage) -> None:
    """Its time has come, and its endpoint has rested."""
    past = timezone.now() - timedelta(seconds=1)
    WebhookMessage.objects.filter(pk=message.pk).update(next_attempt_at=past)
    WebhookEndpoint.objects.filter(pk=message.endpoint_id).update(rests_until=past)


def test_the_reference_library_accepts_what_arrives(alice: User, shop: RawServer) -> None:
    hook, secret = endpoint(alice, f"http://{shop.host}/hooks/?shop=1")
    (message,) = waiting(hook)
    deliver_webhooks_to(hook.pk)
    ((headers, body),) = heard(shop)
    said = Webhook(secret).verify(body, headers)
    assert said["type"] == "webhook.test"
    assert headers["webhook-id"] == message.webhook_id
    assert shop.requests[0].startswith(b"POST /hooks/?shop=1 HTTP/1.1\r\n")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("test", "text"), headers)
    assert again(message).delivered_at is not None


def test_while_a_secret_is_replaced_either_one_verifies(alice: User, shop: RawServer) -> None:
    hook, old = endpoint(alice, f"http://{shop.host}/")
    new = endpoints.rotate(endpoint=hook, keep=timedelta(hours=1), at=timezone.now())
    waiting(hook)
    deliver(endpoint_id=hook.pk)
    WebhookEndpoint.objects.update(old_secret_until=timezone.now())
    waiting(hook)
    deliver(endpoint_id=hook.pk)
    (first, body), (second, later_body) = heard(shop)
    for secret in (old, new):
        Webhook(secret).verify(body, first)
    Webhook(new).verify(later_body, second)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later_body, second)


def test_what_fails_comes_again_under_the_same_id(hook: WebhookEndpoint, shop: RawServer) -> None:
    shop.script = BROKEN
    (message,) = waiting(hook)
    deliver(endpoint_id=hook.pk)
    failed = again(message)
    assert failed.delivered_at is None
    assert failed.endpoint.failing_since is not None
    assert failed.tries.get().excerpt == "<b>Oh no</b>"
    shop.script = saying(answer(b"", status="202 Accepted"))
    overdue(message)
    deliver(endpoint_id=hook.pk)
    assert len({headers["webhook-id"] for headers, _body in heard(shop)}) == 1
    assert [one.http_status for one in message.tries.order_by("pk")] == [500, 202]
    assert again(message).endpoint.failing_since is None


@pytest.mark.parametrize(
    ("said", "status", "is_delivered"),
    [
        (answer(b"", status="302 Found", headers="Location: /elsewhere\r\n"), 302, False),
        (answer(b"", status="308 Permanent Redirect", headers="Location: /\r\n"), 308, False),
        (answer(b"x" * 100_000), 200, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", 200, True),
        (answer(b"", status="400 Bad Request"), 400, False),
        (b"SSH-2.0-OpenSSH\r\n", None, False),
        (b"", None, False),
    ],
)
def test_an_answer_counts_by_its_first_line(
    hook: WebhookEndpoint, shop: RawServer, said: bytes, status: int | None, is_delivered: bool
) -> None:
    shop.script = saying(said)
    (message,) = waiting(hook)
    deliver(endpoint_id=hook.pk)
    assert shop.connections == 1
    assert message.tries.get().http_status == status
    assert (again(message).delivered_at is not None) is is_delivered


def test_a_receiver_that_hangs_is_left_in_time(
    hook: WebhookEndpoint, shop: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LIMITS", replace(sending.LIMITS, deadline_seconds=0.2))
    shop.script = silent
    (message,) = waiting(hook, 3)[:1]
    assert deliver(endpoint_id=hook.pk) == 1
    assert message.tries.get().error == "deadline"
    assert delivering.lanes_due(at=timezone.now()) == []
    assert delivering.lanes_due(at=timezone.now() + timedelta(seconds=6)) == [hook.pk]


def test_twelve_tries_in_a_little_over_five_days(now: datetime) -> None:
    number, last = 0, now
    at: datetime | None = now
    while at is not None:
        number, last = number + 1, at
        at = clocks.next_attempt_at(message_id=1, attempts=number, at=at, wish_seconds=None)
    assert number == 12
    assert timedelta(days=5) < last - now < timedelta(days=6.5)


def test_a_receivers_wish_is_granted_within_reason(now: datetime) -> None:
    wait = {
        wish: clocks.next_attempt_at(message_id=1, attempts=1, at=now, wish_seconds=wish)
        for wish in (None, -5, 60, 10**9)
    }
    assert wait[60] == now + timedelta(seconds=60)
    assert wait[10**9] == now + timedelta(hours=1)
    assert wait[None] == wait[-5]


def test_after_the_last_try_a_message_is_given_up(hook: WebhookEndpoint) -> None:
    (message,) = waiting(hook)
    WebhookMessage.objects.update(attempts=len(clocks.PAUSES))
    deliver(endpoint_id=hook.pk, sender=lambda _call: NO)
    assert again(message).given_up_at is not None
    overdue(message)
    assert deliver(endpoint_id=hook.pk, sender=lambda _call: YES) == 0


def test_five_days_without_success_end_it_with_one_mail(hook: WebhookEndpoint) -> None:
    (message,) = waiting(hook)
    WebhookEndpoint.objects.update(failing_since=timezone.now() - clocks.ENDED_AFTER)
    deliver(endpoint_id=hook.pk, sender=lambda _call: NO)
    ended = again(message).endpoint
    assert (ended.is_live, ended.disabled_as) == (False, "failing")
    mail = OutboundMail.objects.get(key__startswith="webhook_ended:")
    assert ended.url in mail.body
    assert f"/account/webhooks/{ended.pk}/" in mail.body
    overdue(message)
    assert deliver(endpoint_id=hook.pk, sender=lambda _call: YES) == 0
    endpoints.resume(endpoint=ended)
    assert deliver(endpoint_id=hook.pk, sender=lambda _call: YES) == 1


def test_gone_ends_it_at_once(hook: WebhookEndpoint, shop: RawServer) -> None:
    shop.script = saying(answer(b"", status="410 Gone"))
    (message,) = waiting(hook)
    deliver(endpoint_id=hook.pk)
    assert again(message).endpoint.disabled_as == "gone"
    assert "410 Gone" in OutboundMail.objects.get(key__startswith="webhook_ended:").body


@pytest.mark.parametrize(
    "standing", [{"standing": "suspended", "is_active": False}, {"frozen_at": timezone.now()}]
)
def test_messages_of_suspended_and_frozen_customers_wait(
    hook: WebhookEndpoint, alice: User, standing: dict[str, object]
) -> None:
    waiting(hook)
    User.objects.filter(pk=alice.pk).update(**standing)
    assert delivering.lanes_due(at=timezone.now()) == []
    assert deliver(endpoint_id=hook.pk) == 0
    User.objects.filter(pk=alice.pk).update(standing="active", is_active=True, frozen_at=None)
    assert deliver(endpoint_id=hook.pk, sender=lambda _call: YES) == 1


def test_a_worker_that_dies_delivers_late_and_not_never(hook: WebhookEndpoint) -> None:
    """It has claimed, perhaps sent, and is gone."""
    (message,) = waiting(hook)
    now = timezone.now()
    assert delivering.take_lane(endpoint_id=hook.pk, at=now)
    call = delivering.claim(endpoint_id=hook.pk, at=now)
    assert call is not None
    assert delivering.lanes_due(at=now) == []
    late = now + clocks.LEASE
    assert delivering.lanes_due(at=late) == [hook.pk]
    assert delivering.take_lane(endpoint_id=hook.pk, at=late)
    repeat = delivering.claim(endpoint_id=hook.pk, at=late)
    assert repeat is not None
    assert (repeat.webhook_id, repeat.attempt) == (call.webhook_id, 2)
    finish(call=repeat, outcome=YES, at=late)
    # The dead one was only slow: what it saw does not undo the delivery.
    finish(call=call, outcome=NO, at=late)
    assert again(message).delivered_at == late


def test_lanes_are_few_and_taken_in_turn(
    alice: User, bob: User, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "LANES", 2)
    hooks = [endpoint(customer)[0] for customer in (alice, bob, olga)]
    for hook in hooks:
        waiting(hook, 2)
    first, second, third = (hook.pk for hook in hooks)
    deliver(endpoint_id=first, sender=lambda _call: NO)
    now = timezone.now()
    taken = [delivering.take_lane(endpoint_id=pk, at=now) for pk in (second, third)]
    assert taken == [True, True]
    WebhookEndpoint.objects.filter(pk=first).update(rests_until=None)
    assert not delivering.take_lane(endpoint_id=first, at=now)
    later = now + clocks.LEASE
    assert delivering.lanes_due(at=later) == [first, second, third]


def test_one_customer_takes_one_lane(alice: User, bob: User) -> None:
    first, second, his = (endpoint(customer)[0] for customer in (alice, alice, bob))
    for hook in (first, second, his):
        waiting(hook)
    now = timezone.now()
    assert delivering.take_lane(endpoint_id=first.pk, at=now)
    assert not delivering.take_lane(endpoint_id=second.pk, at=now)
    assert delivering.lanes_due(at=now) == [his.pk]
    assert delivering.take_lane(endpoint_id=his.pk, at=now)


def test_a_message_that_cannot_be_sent_keeps_no_lane(hook: WebhookEndpoint) -> None:
    class Broken(Exception):
        pass

    def broken(_call: Call) -> Outcome:
        raise Broken

    waiting(hook)
    with pytest.raises(Broken):
        deliver(endpoint_id=hook.pk, sender=broken)
    hook.refresh_from_db()
    assert hook.lane_until is not None
    assert hook.lane_until <= timezone.now()


def test_a_turn_ends_so_that_others_get_theirs(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "MESSAGES_PER_TURN", 2)
    busy, quiet = endpoint(alice)[0], endpoint(alice)[0]
    waiting(busy, 5)
    waiting(quiet)
    assert deliver(endpoint_id=busy.pk, sender=lambda _call: YES) == 2
    assert delivering.lanes_due(at=timezone.now()) == [quiet.pk, busy.pk]


def test_messages_leave_in_the_order_in_which_things_happened(hook: WebhookEndpoint) -> None:
    sent: list[str] = []
    expected = [message.webhook_id for message in waiting(hook, 3)]

    def note(call: Call) -> Outcome:
        sent.append(call.webhook_id)
        return YES

    deliver(endpoint_id=hook.pk, sender=note)
    assert sent == expected


def test_a_deleted_endpoint_takes_its_answer_with_it(hook: WebhookEndpoint) -> None:
    waiting(hook)

    def delete(_call: Call) -> Outcome:
        endpoints.delete(endpoint=hook)
        return NO

    assert deliver(endpoint_id=hook.pk, sender=delete) == 1
    assert not WebhookAttempt.objects.exists()


def test_an_unreadable_secret_sends_nothing(hook: WebhookEndpoint, shop: RawServer) -> None:
    (message,) = waiting(hook)
    WebhookEndpoint.objects.update(secret="99:whsec_of_another_row")
    deliver(endpoint_id=hook.pk)
    assert message.tries.get().error == "secret"
    assert shop.connections == 0


def test_old_messages_are_forgotten(hook: WebhookEndpoint, now: datetime) -> None:
    old, young = waiting(hook, 2)
    WebhookMessage.objects.filter(pk=old.pk).update(occurred_at=now - timedelta(days=31))
    WebhookAttempt.objects.create(message=old, took_ms=1, at=now)
    assert messages.forget_old(at=now) == 1
    assert list(WebhookMessage.objects.all()) == [young]


def test_the_body_is_what_was_signed(hook: WebhookEndpoint, shop: RawServer) -> None:
    waiting(hook)
    deliver(endpoint_id=hook.pk)
    ((headers, body),) = heard(shop)
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["data"] == {"endpoint": hook.pk}
    assert WHERE not in body
