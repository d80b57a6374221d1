"""Orders that are played, and a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from orders.models import Order
from orders.placing.asking import OrderRequest
from orders.sandbox import placing, reading
from services.models import Service
from tests.factories import MICROS, service

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
LINK = "https://example.com/p/1"


def after(seconds: float) -> datetime:
    """So long after the orders of a test were placed."""
    return NOON + timedelta(seconds=seconds)


def request(chosen: Service, link: str = LINK, quantity: int = 1000, **more: Any) -> OrderRequest:
    fields: dict[str, Any] = {"service_id": chosen.pk, "link": link, "quantity": quantity}
    return OrderRequest(channel=Order.Channel.API, **fields | more)


def play(user: User, chosen: Service, link: str = LINK, at: datetime = NOON, **more: Any) -> int:
    """The number of a new played order."""
    asked = request(chosen, link, **more)
    return placing.place(customer_id=user.pk, request=asked, at=at).order_id


def stands(user: User, number: int, at: datetime) -> Order:
    return reading.orders_by_number(customer_id=user.pk, numbers=[number], at=at)[number]


@pytest.fixture
def shop(terms: None) -> Service:
    """2.00 per 1000 with refill and cancel."""
    return service(rate_micros=2 * MICROS, can_refill=True, refill_days=30, can_cancel=True)
