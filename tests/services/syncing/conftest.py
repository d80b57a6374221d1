from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests import factories
from tests.services.providers.raw_server import RawServer, silent
from tests.services.syncing.upstream import Upstream


@pytest.fixture
def server(settings: Settings) -> Iterator[RawServer]:
    with RawServer(silent) as running:
        settings.PROVIDER_DEV_HOSTS = [running.host]
        yield running


@pytest.fixture
def upstream(server: RawServer, db: None) -> Upstream:
    """A provider of which nothing is held yet."""
    return Upstream(server, factories.provider(url=server.url))
