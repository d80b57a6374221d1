"""Messages that customers ask for themselves: a test, the same once more; and how long all stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction

from accounts.callwindows import count_call
from orders.models import WebhookEndpoint, WebhookMessage, WebhookType
from orders.nudging import NUDGE_SECONDS
from orders.webhooks.clocks import KEPT_FOR

# A button that makes us speak to a stranger's server must not be a hammer.
TESTS_PER_HOUR = 20
# Tests and replays of all endpoints of a customer, the deleted ones too.
ASKED_PER_MINUTE = 10
MOST_ATTEMPTS = 100
FORGOTTEN_AT_ONCE = 5000


class AskedTooOften(Exception):
    """TESTS_PER_HOUR were sent to the endpoint within the last hour, ASKED_PER_MINUTE tests and
    replays were asked for, or the message was tried MOST_ATTEMPTS times."""


class NotSending(Exception):
    """The endpoint is paused or was switched off."""


def send_test(*, endpoint: WebhookEndpoint, at: datetime) -> WebhookMessage:
    """A message of type webhook.test, sent at once. Raises NotSending, AskedTooOften."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if not locked.is_live:
            raise NotSending
        tests = locked.messages.filter(type=WebhookType.TEST)
        if tests.filter(occurred_at__gt=at - timedelta(hours=1)).count() >= TESTS_PER_HOUR:
            raise AskedTooOften
        _count(locked, at=at)
        message = WebhookMessage.objects.create(
            endpoint=locked, type=WebhookType.TEST, occurred_at=at, next_attempt_at=at
        )
        _unrest(locked)
    return message


def replay(*, message: WebhookMessage, at: datetime) -> bool:
    """Sends a message once more, under the same webhook-id, or tries a waiting one now. False where
    it was tried since it was read as `message`: pressed twice it is sent once. Raises NotSending,
    AskedTooOften.

    A try that fails is followed by those that its number of attempts still has.
    """
    with transaction.atomic():
        locks = WebhookEndpoint.objects.select_for_update(no_key=True)
        locked = locks.get(pk=message.endpoint_id)
        if not locked.is_live:
            raise NotSending
        if message.attempts >= MOST_ATTEMPTS:
            raise AskedTooOften
        _count(locked, at=at)
        unchanged = WebhookMessage.objects.filter(pk=message.pk, attempts=message.attempts)
        is_done = unchanged.update(next_attempt_at=at, delivered_at=None, given_up_at=None) > 0
        if is_done:
            _unrest(locked)
    return is_done


def replay_failed(*, endpoint: WebhookEndpoint, since: datetime, at: datetime) -> int:
    """Sends again whatever was tried without success of the time since then; returns how many.
    Raises NotSending, AskedTooOften."""
    with transaction.atomic():
        locks = WebhookEndpoint.objects.select_for_update(no_key=True)
        locked = locks.get(pk=endpoint.pk)
        if not locked.is_live:
            raise NotSending
        _count(locked, at=at)
        failed = locked.messages.undelivered().filter(
            occurred_at__gte=since, attempts__lt=MOST_ATTEMPTS
        )
        count = failed.update(next_attempt_at=at, given_up_at=None)
        _unrest(locked)
    return count


def _count(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Raises AskedTooOften."""
    if count_call(bucket=f"webhooks {endpoint.customer_id}", at=at) > ASKED_PER_MINUTE:
        raise AskedTooOften


def _unrest(endpoint: WebhookEndpoint) -> None:
    """Somebody waits for it: the lane opens now."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    transaction.on_commit(lambda: nudge(endpoint_id=endpoint.pk), robust=True)


def nudge(*, endpoint_id: int) -> None:
    """Best effort: the sweep finds the message anyway."""
    current_app.send_task("orders.tasks.deliver_webhooks_to", (endpoint_id,), expires=NUDGE_SECONDS)


def forget_old(*, at: datetime) -> int:
    """Deletes messages with their attempts after KEPT_FOR; returns how many."""
    forgotten = 0
    old = WebhookMessage.objects.filter(occurred_at__lt=at - KEPT_FOR).order_by("occurred_at")
    while batch := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        WebhookMessage.objects.filter(pk__in=batch).delete()
        forgotten += len(batch)
    return forgotten
