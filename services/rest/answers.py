"""A service as REST v3 tells of it, at the prices of whoever asks."""

from __future__ import annotations

from rest_framework import serializers

from accounts.rest.fields import Choice, Whole
from services import listing, paces, pricing
from services.models import Service
from services.types import ServiceType, spec_of
from wallet.rest.amounts import Amount

TYPES = list(ServiceType.values)


class PlatformAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class CategoryAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    platform = PlatformAnswer()


class ServiceAnswer(serializers.Serializer):
    """What can be ordered. It was read with `listed` and `priced_for`."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    category = CategoryAnswer()
    type = Choice(choices=TYPES, help_text="Which members an order of it takes.")
    rate = serializers.SerializerMethodField(
        help_text="Your own price: per 1000, or of the whole where `is_package`."
    )
    is_package = serializers.SerializerMethodField()
    is_free = serializers.BooleanField()
    min = Whole(source="min_quantity")
    max = Whole(source="max_quantity")
    can_refill = serializers.BooleanField()
    refill_days = serializers.IntegerField()
    can_cancel = serializers.BooleanField()
    can_partial = serializers.BooleanField(
        help_text="Whether what was not delivered is paid back when you have it stopped."
    )
    can_drip_feed = serializers.BooleanField()
    delivery = Choice(choices=Service.Delivery.values)
    disclosure = serializers.SerializerMethodField(
        help_text="What is delivered, to be shown to whoever buys it from you."
    )
    quality = serializers.SerializerMethodField(help_text="The label, null without one.")
    tier = Choice(choices=Service.Tier.values, help_text="How soon; empty where nothing is said.")
    average_minutes = serializers.SerializerMethodField(
        help_text="An estimate, no promise; null where nobody knows."
    )
    description = serializers.CharField()

    def get_rate(self, service: Service) -> str:
        own = service.own_rate_micros
        return Amount().to_representation(pricing.rate_of(service=service, own_rate_micros=own))

    def get_is_package(self, service: Service) -> bool:
        return spec_of(service.type).is_package

    def get_disclosure(self, service: Service) -> str:
        return listing.disclosure(service.delivery)

    def get_quality(self, service: Service) -> str | None:
        return service.quality.name if service.quality else None

    def get_average_minutes(self, service: Service) -> int | None:
        return paces.average_minutes(service)
