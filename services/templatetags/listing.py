from collections.abc import Mapping

from django import template
from django.utils import timezone

from legal.durations import DeliveryWindow
from services import listing
from services.models import Service

register = template.Library()

register.filter("window_words", listing.window_words)


@register.simple_tag
def windows_in_force() -> Mapping[str, DeliveryWindow]:
    """The delivery windows of today's terms, for the filter below: read once for a page."""
    return listing.windows_in_force(at=timezone.now())


@register.filter
def tier_in(service: Service, windows: Mapping[str, DeliveryWindow]) -> str:
    """ "Standard: 24 to 72 hours after the order"; "" for a service without a tier."""
    if not service.tier:
        return ""
    return listing.tier_words(tier=service.tier, window=windows.get(service.tier))
