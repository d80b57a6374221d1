from __future__ import annotations

import pytest

from accounts.models import User
from orders.models import Order
from orders.sending import forwarding
from services.models import Service
from tests.factories import order


@pytest.fixture
def sent(alice: User, views: Service) -> Order:
    """1,000 units for 1.00 that the demo provider has accepted."""
    placed = order(alice, service=views, link="https://example.com/p/1", quantity=1000)
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    return placed
