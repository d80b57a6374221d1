"""Rows that tests start from. Money and orders come through the real acts, never around them."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone

from accounts.models import User
from orders.models import Order
from orders.placing.placement import OrderRequest, place_order
from services.models import Category, Platform, Provider, ProviderService, Service
from wallet import ledger

_numbers = itertools.count(1)
MICROS = 1_000_000


def provider(**fields: Any) -> Provider:
    number = next(_numbers)
    defaults = {
        "name": f"Provider {number}",
        "url": "http://127.0.0.1:9/api/v2",
        "api_key": "k" * 32,
    }
    return Provider.objects.create(**defaults | fields)


def offer(**fields: Any) -> ProviderService:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "external_id": str(number),
        "name": f"Offer {number}",
        "cost_micros": MICROS // 2,
        "min_quantity": 10,
        "max_quantity": 10_000,
    }
    if "provider" not in fields:
        defaults["provider"] = provider()
    return ProviderService.objects.create(**defaults | fields)


def category(name: str = "Views") -> Category:
    platform, _ = Platform.objects.get_or_create(name="Platform A")
    return Category.objects.get_or_create(platform=platform, name=name)[0]


def service(**fields: Any) -> Service:
    """A service at 1.00 per 1000, 10 to 10,000, from a provider of its own unless one is given."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "category": category(),
        "name": f"Views {number}",
        "delivery": Service.Delivery.AUTOMATED,
        "rate_micros": MICROS,
        "min_quantity": 10,
        "max_quantity": 10_000,
        # Prices of tests follow from what they are about, not from what the offer costs.
        "below_cost": Service.BelowCost.ALLOW,
    }
    if "provider_service" not in fields:
        defaults["provider_service"] = offer()
    return Service.objects.create(**defaults | fields)


def fund(user: User, amount_micros: int = 100 * MICROS) -> None:
    """Cash, as a paid top-up brings it."""
    ledger.adjust(
        customer_id=user.pk,
        amount_micros=amount_micros,
        reference=f"adjustment:test-{next(_numbers)}",
        at=timezone.now(),
    )


def order(
    customer: User, *, link: str | None = None, quantity: int | None = 1000, **fields: Any
) -> Order:
    """An order as the API would have placed it; `service` and `at` may be given. Funds the
    customer."""
    chosen = fields.pop("service", None) or service()
    fund(customer)
    placed = place_order(
        customer_id=customer.pk,
        request=OrderRequest(
            service_id=chosen.pk,
            link=link or f"https://example.com/p/{next(_numbers)}",
            quantity=quantity,
            channel=Order.Channel.API,
        ),
        at=fields.pop("at", None) or timezone.now(),
    )
    return Order.objects.get(pk=placed.order_id)
