from __future__ import annotations

from collections.abc import Iterator

import pytest

from orders.sending import seats
from services.models import Provider, ProviderService, Service
from tests import factories
from tests.demo_provider.process import DemoProvider


@pytest.fixture(autouse=True)
def _fresh_seats() -> Iterator[None]:
    """What this process learnt about providers of an earlier test says nothing about these, in
    whichever folder that test was."""
    _forget_seats()
    yield
    _forget_seats()


def _forget_seats() -> None:
    seats._quick.clear()
    seats._taken.clear()


@pytest.fixture
def second(upstream: DemoProvider) -> ProviderService:
    """The same service at another provider, which is the same process under another name."""
    row = factories.provider(url=upstream.url, api_key=upstream.key, name="Second")
    return factories.offer(provider=row, external_id="103", cost_micros=400_000)


@pytest.fixture
def alternative(views: Service, second: ProviderService) -> ProviderService:
    views.alternatives.create(provider_service=second, position=1)
    return second


@pytest.fixture
def provider_of_views(views: Service) -> Provider:
    assert views.provider_service is not None
    return views.provider_service.provider
