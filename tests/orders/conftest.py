from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from services.models import Provider, Service
from tests import factories
from tests.demo_provider.process import DemoProvider


@pytest.fixture(scope="session")
def _provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProvider]:
    store = tmp_path_factory.mktemp("provider") / "provider.sqlite"
    with DemoProvider(store=store, seconds_per_order=600) as process:
        yield process


@pytest.fixture
def upstream(_provider_process: DemoProvider, settings: Settings) -> DemoProvider:
    """A real provider behind real HTTP, empty and well-behaved at the start of each test."""
    _provider_process.reset()
    settings.PROVIDER_DEV_HOSTS = [_provider_process.host]
    return _provider_process


@pytest.fixture
def provider_row(upstream: DemoProvider, terms: None) -> Provider:
    return factories.provider(url=upstream.url, api_key=upstream.key)


@pytest.fixture
def views(provider_row: Provider) -> Service:
    """1.00 per 1000, sold by the running provider as its service 103."""
    offer = factories.offer(provider=provider_row, external_id="103")
    return factories.service(provider_service=offer, min_quantity=100)
