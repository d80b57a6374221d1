"""S-07: whatever address a customer enters, our servers call nobody but public ones over https."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from orders.models import WebhookAttempt, WebhookEndpoint, WebhookMessage, WebhookType
from orders.webhooks import addresses, sending
from orders.webhooks.delivering import deliver
from tests.orders.webhooks.receiving import endpoint
from tests.services.providers.raw_server import RawServer
from tests.services.providers.test_guard import HOSTILE_URLS, PRIVATE

Answers = list[tuple[Any, ...]]


@pytest.fixture
def listener(shop: RawServer, settings: Settings) -> RawServer:
    """Something inside, on a port that would be allowed, and on no list of ours."""
    settings.WEBHOOK_DEV_HOSTS = []
    return shop


@pytest.fixture(autouse=True)
def _ports(monkeypatch: pytest.MonkeyPatch, shop: RawServer) -> None:
    monkeypatch.setattr(addresses, "_PORTS", frozenset({443, shop.port}))


def tried(hook: WebhookEndpoint, *, url: str) -> str:
    """What became of a message when this is what the row says, however it came there."""
    WebhookEndpoint.objects.filter(pk=hook.pk).update(url=url, rests_until=None)
    at = timezone.now()
    WebhookMessage.objects.all().delete()
    WebhookMessage.objects.create(
        endpoint=hook, type=WebhookType.TEST, occurred_at=at, next_attempt_at=at
    )
    assert deliver(endpoint_id=hook.pk) == 1
    return WebhookAttempt.objects.get().error


@pytest.mark.django_db
def test_no_hostile_address_is_called(listener: RawServer, alice: User) -> None:
    hook, _secret = endpoint(alice)
    for pattern in HOSTILE_URLS:
        url = pattern.format(port=listener.port)
        if len(url) <= addresses.LONGEST:
            assert tried(hook, url=url) in {"url", "address", "dns"}, url
    assert listener.connections == 0


def test_almost_all_of_them_are_refused_when_they_are_entered(listener: RawServer) -> None:
    """What only a resolver knows, such as a name that leads inside, is left to the delivery."""
    taken = [url for url in HOSTILE_URLS if _is_taken(url.format(port=listener.port))]
    assert taken == ["https://a..b:{port}/"]


def _is_taken(url: str) -> bool:
    try:
        addresses.check(url)
    except addresses.NotAnAddress:
        return False
    return True


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """Has each question about a name answered with the next of these."""

    def play(found: list[str]) -> None:
        coming = iter(found)

        def resolve(_host: str, port: int, **_named: object) -> Answers:
            address = next(coming)
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return play


@pytest.mark.django_db
def test_a_name_that_leads_inside_later_is_not_called(
    listener: RawServer, alice: User, resolving: Callable[[list[str]], None]
) -> None:
    """DNS rebinding: it was entered as a name, and each delivery asks anew what it leads to."""
    hook, _secret = endpoint(alice)
    url = f"https://shop.example:{listener.port}/"
    assert addresses.check(url) == url
    resolving(PRIVATE)
    found = {tried(hook, url=url) for _address in PRIVATE}
    assert found == {"address"}
    assert listener.connections == 0


@pytest.mark.django_db
def test_the_name_is_resolved_once_for_each_delivery(
    listener: RawServer,
    alice: User,
    resolving: Callable[[list[str]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second question could have another answer than the one that was looked at."""
    hook, _secret = endpoint(alice)
    connected: list[object] = []

    def refuse(_self: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    resolving(["8.8.8.8", "127.0.0.1"])
    assert tried(hook, url=f"https://shop.example:{listener.port}/") == "connect"
    assert connected == [("8.8.8.8", listener.port)]


def test_only_hosts_that_the_settings_name_may_be_plain(
    settings: Settings, shop: RawServer, now: datetime
) -> None:
    url = f"http://{shop.host}/"
    assert addresses.check(url) == url
    settings.WEBHOOK_DEV_HOSTS = []
    with pytest.raises(addresses.NotAnAddress):
        addresses.check(url)
    call = sending.Call(
        endpoint_id=1,
        message_id=1,
        attempt=1,
        webhook_id="msg_1",
        url=url,
        secrets=("whsec_MDEyMw==",),
        body="{}",
        lease_until=now,
    )
    assert (sending.send(call).error, shop.connections) == ("url", 0)
    assert "whsec" not in repr(call)
