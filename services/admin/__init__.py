"""The catalogue as staff keep it."""

from services.admin.catalogue import (
    CatalogueAdmin,
    CategoryAdmin,
    PlatformAdmin,
    QualityLabelAdmin,
)
from services.admin.groups import GroupMembershipAdmin, PriceGroupAdmin
from services.admin.listing import ServiceAdmin
from services.admin.prices import CustomPriceAdmin, ProviderServiceAdmin
from services.admin.providers import ProviderAdmin

__all__ = [
    "CatalogueAdmin",
    "CategoryAdmin",
    "CustomPriceAdmin",
    "GroupMembershipAdmin",
    "PlatformAdmin",
    "PriceGroupAdmin",
    "ProviderAdmin",
    "ProviderServiceAdmin",
    "QualityLabelAdmin",
    "ServiceAdmin",
]
