"""A small catalogue to look for things in."""

from __future__ import annotations

from services.models import Category, Platform, Service
from tests.factories import MICROS, offer


def shelf(platform: str, category: str) -> Category:
    row, _created = Platform.objects.get_or_create(name=platform)
    return Category.objects.get_or_create(platform=row, name=category)[0]


def stock(category: Category, *names: str, **fields: object) -> list[Service]:
    """Services on sale in one category, all of one provider."""
    sold = offer()
    return Service.objects.bulk_create(
        Service(
            **{
                "category": category,
                "provider_service": sold,
                "name": name,
                "delivery": Service.Delivery.AUTOMATED,
                "rate_micros": MICROS,
                "min_quantity": 10,
                "max_quantity": 10_000,
            }
            | fields
        )
        for name in names
    )
