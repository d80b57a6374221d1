from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from legal.presets import STARTER
from legal.publishing import publish
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


@pytest.fixture
def sent_under(alice: User, views: Service, now: datetime) -> Callable[..., Order]:
    """The same order under other terms: `sent_under(order_partial_refund="manual")`."""

    def send(**terms: Any) -> Order:
        publish(policy=replace(STARTER, **terms), versions=[], published_by=None, at=now)
        placed = order(alice, service=views, quantity=1000)
        forwarding.forward(order_id=placed.pk)
        placed.refresh_from_db()
        return placed

    return send
