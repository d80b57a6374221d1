"""The receiver of docs/webhooks.md, run as it stands there."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from orders.models import WebhookEndpoint
from orders.webhooks import endpoints, messages
from orders.webhooks.delivering import deliver
from smmpanel.embedded.valkey import free_port
from tests.orders.webhooks.receiving import endpoint
from tests.waiting import wait_until

DOCUMENT = Path(django_settings.BASE_DIR) / "docs" / "webhooks.md"


def shown(client: Client, language: str) -> str:
    """As it stands on the page."""
    page = unescape(client.get("/account/webhooks/help/").content.decode())
    found = re.search(rf'id="{language}".*?<pre dir="ltr">(.+?)</pre>', page, re.DOTALL)
    assert found
    return found[1]


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.+?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def port(settings: Settings) -> int:
    port = free_port()
    settings.WEBHOOK_DEV_HOSTS = [f"127.0.0.1:{port}"]
    return port


@pytest.fixture
def hook(alice: User, port: int) -> tuple[WebhookEndpoint, str]:
    return endpoint(alice, f"http://127.0.0.1:{port}/")


@pytest.fixture
def receiver(hook: tuple[WebhookEndpoint, str], port: int) -> Iterator[subprocess.Popen[str]]:
    environ = {"WEBHOOK_SECRET": hook[1], "PORT": str(port)}
    command = [sys.executable, "-c", example("python")]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        wait_until(lambda: _listens(port))
        yield process
        process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.django_db
def test_the_page_shows_the_receivers_of_the_document(client: Client) -> None:
    for language in ("python", "php"):
        assert shown(client, language) == example(language)


@pytest.mark.django_db
def test_it_takes_ours_once_and_refuses_others(
    hook: tuple[WebhookEndpoint, str], receiver: subprocess.Popen[str]
) -> None:
    at, now = hook[0], timezone.now()
    message = messages.send_test(endpoint=at, at=now)
    deliver(endpoint_id=at.pk)
    message.refresh_from_db()
    messages.replay(message=message, at=now)
    endpoints.rotate(endpoint=at, keep=timedelta(hours=1), at=now)
    deliver(endpoint_id=at.pk)
    endpoints.rotate(endpoint=at, keep=timedelta(0), at=now)
    messages.send_test(endpoint=at, at=now)
    deliver(endpoint_id=at.pk)
    answers = [one.http_status for each in at.messages.order_by("pk") for one in each.tries.all()]
    assert answers == [204, 204, 401]
    receiver.terminate()
    assert receiver.stdout is not None
    assert receiver.stdout.read().count("webhook.test") == 1
