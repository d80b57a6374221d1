"""What customers do with their endpoints: made, changed, paused, deleted, given another secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import bundling
from accounts.models import User
from orders.models import WebhookEndpoint, WebhookType
from orders.webhooks import addresses
from orders.webhooks.sealing import new_secret, sealed

MAX_ENDPOINTS = 10
# What may be chosen: a test is sent by pressing its button.
TYPES = tuple(name for name in WebhookType.values if name != WebhookType.TEST)
PRESET_TYPES = tuple(name for name in TYPES if name != WebhookType.ORDER_PROGRESS)
LONGEST_OVERLAP = timedelta(days=7)
# The constraint of the table.
_ONCE = "orders_webhook_each_address_once"

Disabled = WebhookEndpoint.Disabled


class TooManyEndpoints(Exception):
    """The customer has MAX_ENDPOINTS already."""


class AddressTaken(Exception):
    """The customer has a webhook with this address: it may tell of more instead."""

    def __init__(self) -> None:
        super().__init__(_("You have a webhook with this address: choose there what it tells."))


class AccountFrozen(Exception):
    """Its owner reported it as compromised: until staff lift that nothing is told to another
    server (ACC-11)."""


class NotRotatable(Exception):
    """An older secret is still valid: a second rotation would cut off whoever uses that one."""


def create(
    *, customer_id: int, name: str, url: str, types: Sequence[str], at: datetime
) -> tuple[WebhookEndpoint, str]:
    """An endpoint and its secret, which is shown once; its owner is told by mail. Raises
    TooManyEndpoints, AccountFrozen, AddressTaken and addresses.NotAnAddress."""
    url = addresses.check(url)
    secret = new_secret()
    with transaction.atomic():
        # The customer's row is what two presses of the button wait for.
        if User.objects.select_for_update().get(pk=customer_id).frozen_at is not None:
            raise AccountFrozen
        if WebhookEndpoint.objects.of(customer_id).count() >= MAX_ENDPOINTS:
            raise TooManyEndpoints
        endpoint = WebhookEndpoint(
            customer_id=customer_id, name=name, url=url, types=_chosen(types), created_at=at
        )
        with _each_address_once():
            endpoint.save()
        endpoint.secret = sealed(endpoint_id=endpoint.pk, secret=secret)
        endpoint.save(update_fields=["secret"])
        _tell_owner(endpoint, at=at)
    return endpoint, secret


def change(
    *, endpoint: WebhookEndpoint, name: str, url: str, types: Sequence[str], at: datetime
) -> WebhookEndpoint:
    """Another name, address or choice; what waits goes to the new address, which its owner is told
    by mail. Raises AddressTaken and addresses.NotAnAddress."""
    url = addresses.check(url)
    with transaction.atomic():
        endpoint = _locked(endpoint)
        is_moved = url != endpoint.url
        endpoint.name, endpoint.url, endpoint.types = name, url, _chosen(types)
        if is_moved:
            _forget_failures(endpoint)
        with _each_address_once():
            endpoint.save()
        if is_moved:
            _tell_owner(endpoint, at=at)
    return endpoint


def pause(*, endpoint: WebhookEndpoint, at: datetime) -> None:
    """Nothing is sent, and of what happens meanwhile nothing is kept. Paused twice is paused."""
    live = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=None)
    live.update(disabled_at=at, disabled_as=Disabled.PAUSED)


def pause_all(*, customer_id: int, at: datetime) -> None:
    """Somebody else may have entered them (ACC-11): the owner turns on those that are his own."""
    live = WebhookEndpoint.objects.of(customer_id).filter(disabled_at=None)
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


@contextmanager
def _each_address_once() -> Iterator[None]:
    """Raises AddressTaken: each message would arrive twice, and counted twice is a refund twice."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if _ONCE not in str(error):
            raise
        raise AddressTaken from error


def _tell_owner(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Somebody else who is logged in must not have himself told in silence (ASVS 6.3.7)."""
    site = settings.SITE_URL.rstrip("/")
    bundling.tell(
        user=endpoint.customer,
        kind="webhook_address",
        context={
            "name": endpoint.name,
            "url": endpoint.url,
            "webhooks_url": site + reverse("orders:webhooks"),
            "link": site + reverse("orders:webhook_detail", args=[endpoint.pk]),
            # Served by an app above this one.
            "compromised_url": f"{site}/account/compromised/",
        },
        at=at,
    )


def _chosen(types: Sequence[str]) -> list[str]:
    return [name for name in TYPES if name in types]


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)


def _forget_failures(endpoint: WebhookEndpoint) -> None:
    endpoint.failing_since = endpoint.rests_until = None
    endpoint.failures_in_a_row = 0
