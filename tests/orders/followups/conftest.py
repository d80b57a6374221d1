"""Orders at a running provider whose services can be refilled and stopped."""

from __future__ import annotations

import pytest

from accounts.models import User
from orders.models import Order
from services.models import Provider, Service
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.orders.followups.acts import let_pass, sent_to


@pytest.fixture
def followers(provider_row: Provider) -> Service:
    """1.00 per 1000, with 30 days of refill, and it can be stopped."""
    offer = factories.offer(
        provider=provider_row, external_id="101", can_refill=True, can_cancel=True
    )
    return factories.service(
        provider_service=offer, can_refill=True, refill_days=30, can_cancel=True
    )


@pytest.fixture
def running(alice: User, followers: Service, upstream: DemoProvider) -> Order:
    """With the provider, which has not begun yet."""
    return sent_to(factories.order(alice, service=followers))


@pytest.fixture
def completed(running: Order, upstream: DemoProvider) -> Order:
    return let_pass(running, upstream, seconds=601)
