"""Puts the demonstration's catalogue on sale. What is there already stays as it is, whatever an
operator has made of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.margins.repricing import reprice
from services.models import (
    Category,
    GroupDiscount,
    Platform,
    PriceGroup,
    PriceRule,
    Provider,
    ProviderService,
    QualityLabel,
    Service,
)
from smmpanel.demo_catalogue import (
    CATALOGUE,
    GROUPS,
    LABELS,
    MARGIN_PERCENT_BP,
    RESELLERS_ON_PLATFORM_A_BP,
    Listing,
)

PROMOTED_FOR = timedelta(days=90)


def put_on_sale(*, provider: Provider, at: datetime) -> None:
    for position, (name, meaning) in enumerate(LABELS.items()):
        defaults = {"meaning": meaning, "position": position}
        QualityLabel.objects.get_or_create(name=name, defaults=defaults)
    added = [_add(listing, provider, position, at) for position, listing in enumerate(CATALOGUE)]
    _make_prices()
    reprice(service_ids=[service.pk for service, is_new in added if is_new], at=at)


def _add(listing: Listing, provider: Provider, position: int, at: datetime) -> tuple[Service, bool]:
    platform, _ = Platform.objects.get_or_create(name=listing.platform)
    category, _ = Category.objects.get_or_create(platform=platform, name=listing.category)
    terms = _terms(listing)
    offer, _ = ProviderService.objects.get_or_create(
        provider=provider,
        external_id=str(listing.offer),
        defaults={
            "name": listing.name,
            "cost_micros": listing.cost_micros,
            "can_drip_feed": listing.drip_feed_by is not None,
            **terms,
        },
    )
    defaults = {"provider_service": offer, "position": position, **terms, **_words(listing, at)}
    return Service.objects.get_or_create(category=category, name=listing.name, defaults=defaults)


def _terms(listing: Listing) -> dict[str, object]:
    """What the provider takes and can do is what is sold on."""
    smallest, largest = listing.limits
    return {
        "min_quantity": smallest,
        "max_quantity": largest,
        "can_refill": listing.refill_days > 0,
        "can_cancel": listing.can_cancel,
    }


def _words(listing: Listing, at: datetime) -> dict[str, object]:
    label = QualityLabel.objects.get(name=listing.quality) if listing.quality else None
    return {
        "description": listing.description,
        "delivery": listing.delivery,
        "quality": label,
        "tier": listing.tier,
        "rate_micros": listing.rate_micros,
        "priced_by": listing.priced_by,
        "promo_label": listing.promo_label,
        "promo_until": at.date() + PROMOTED_FOR if listing.promo_label else None,
        "refill_days": listing.refill_days,
        "average_minutes": listing.minutes,
        "link_example": "https://example.com/p/1",
        "type": listing.type,
        "can_partial": listing.can_partial,
        "can_drip_feed": listing.drip_feed_by is not None,
        "drip_feed_by": listing.drip_feed_by or Service.RunBy.PANEL,
        "blocked_countries": list(listing.not_sold_in),
    }


def _make_prices() -> None:
    """One rule for everything that is priced by rules, and groups that nobody is in yet."""
    everything = {"provider": None, "platform": None, "category": None, "service": None}
    PriceRule.objects.get_or_create(**everything, defaults={"percent_bp": MARGIN_PERCENT_BP})
    for name, discount_bp, spend_from_micros in GROUPS:
        group, is_new = PriceGroup.objects.get_or_create(
            name=name,
            defaults={"discount_bp": discount_bp, "spend_from_micros": spend_from_micros},
        )
        if is_new and spend_from_micros is None:
            GroupDiscount.objects.create(
                group=group,
                platform=Platform.objects.get(name="Platform A"),
                discount_bp=RESELLERS_ON_PLATFORM_A_BP,
            )
