"""A server of a customer's on loopback, which the settings allow as the demonstration does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.orders.webhooks.receiving import ACCEPTED
from tests.services.providers.raw_server import RawServer


@pytest.fixture
def shop(settings: Settings) -> Iterator[RawServer]:
    """It accepts whatever comes, until its `script` is another one."""
    with RawServer(ACCEPTED) as server:
        settings.WEBHOOK_DEV_HOSTS = [server.host]
        yield server
