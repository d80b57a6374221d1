"""What customers do with their endpoints: made, changed, paused, deleted, given another secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from orders.models import WebhookEndpoint, WebhookType
from orders.webhooks import addresses
from orders.webhooks.sealing import new_secret, sealed

MAX_ENDPOINTS = 10
# What may be chosen: a test is sent by pressing its button.
TYPES = tuple(name for name in WebhookType.values if name != WebhookType.TEST)
PRESET_TYPES = tuple(name for name in TYPES if name != WebhookType.ORDER_PROGRESS)
LONGEST_OVERLAP = timedelta(days=7)

Disabled = WebhookEndpoint.Disabled


class TooManyEndpoints(Exception):
    """The customer has MAX_ENDPOINTS already."""


class NotRotatable(Exception):
    """An older secret is still valid: a second rotation would cut off whoever uses that one."""


def create(
    *, customer_id: int, name: str, url: str, types: Sequence[str], at: datetime
) -> tuple[WebhookEndpoint, str]:
    """An endpoint and its secret, which is shown once. Raises TooManyEndpoints and
    addresses.NotAnAddress."""
    url = addresses.check(url)
    secret = new_secret()
    with transaction.atomic():
        # The customer's row is what two presses of the button wait for.
        User.objects.select_for_update().get(pk=customer_id)
        if WebhookEndpoint.objects.of(customer_id).count() >= MAX_ENDPOINTS:
            raise TooManyEndpoints
        endpoint = WebhookEndpoint.objects.create(
            customer_id=customer_id, name=name, url=url, types=_chosen(types), created_at=at
        )
        endpoint.secret = sealed(endpoint_id=endpoint.pk, secret=secret)
        endpoint.save(update_fields=["secret"])
    return endpoint, secret


def change(
    *, endpoint: WebhookEndpoint, name: str, url: str, types: Sequence[str]
) -> WebhookEndpoint:
    """Another name, address or choice; what waits goes to the new address. Raises
    addresses.NotAnAddress."""
    url = addresses.check(url)
    with transaction.atomic():
        endpoint = _locked(endpoint)
        if url != endpoint.url:
            _forget_failures(endpoint)
        endpoint.name, endpoint.url, endpoint.types = name, url, _chosen(types)
        endpoint.save()
    return endpoint


def pause(*, endpoint: WebhookEndpoint, at: datetime) -> None:
    """Nothing is sent, and of what happens meanwhile nothing is kept. Paused twice is paused."""
    live = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=None)
    live.update(disabled_at=at, disabled_as=Disabled.PAUSED)


def resume(*, endpoint: WebhookEndpoint) -> None:
    """It is told of what happens from now on; what waited goes out."""
    with transaction.atomic():
        endpoint = _locked(endpoint)
        endpoint.disabled_at, endpoint.disabled_as = None, ""
        _forget_failures(endpoint)
        endpoint.save()


def rotate(*, endpoint: WebhookEndpoint, keep: timedelta, at: datetime) -> str:
    """Another secret, returned once; the old one signs beside it for `keep` longer, at most a week.
    With no time at all the old one, and one before it, end at once. Raises NotRotatable."""
    secret = new_secret()
    with transaction.atomic():
        endpoint = _locked(endpoint)
        until = endpoint.old_secret_until
        if keep and until is not None and until > at:
            raise NotRotatable
        endpoint.old_secret = endpoint.secret if keep else ""
        endpoint.old_secret_until = at + min(keep, LONGEST_OVERLAP) if keep else None
        endpoint.secret = sealed(endpoint_id=endpoint.pk, secret=secret)
        endpoint.save()
    return secret


def delete(*, endpoint: WebhookEndpoint) -> None:
    """With its messages and its log. What is under way still arrives."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).delete()


def _chosen(types: Sequence[str]) -> list[str]:
    return [name for name in TYPES if name in types]


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)


def _forget_failures(endpoint: WebhookEndpoint) -> None:
    endpoint.failing_since = endpoint.rests_until = None
    endpoint.failures_in_a_row = 0
