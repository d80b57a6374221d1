"""The tables of the catalogue, one module per matter."""

from services.models.catalogue import Alternative, Pace, Service, ServiceQuerySet
from services.models.health import Outage, Probe, ProviderHealth
from services.models.prices import (
    CurrencyChange,
    CustomPrice,
    GroupDiscount,
    GroupMembership,
    PriceEdit,
    PriceEditLine,
    PriceGroup,
    PriceRule,
)
from services.models.providers import (
    BalanceReading,
    CostChange,
    Provider,
    ProviderService,
)
from services.models.shelves import Category, Platform, QualityLabel
from services.models.shopping import (
    CatalogueUpdate,
    CatalogueVersion,
    Favourite,
    SearchEntry,
    UpdateMail,
)
from services.models.syncing import CategoryMapping, Sync, SyncLine

__all__ = [
    "Alternative",
    "BalanceReading",
    "CatalogueUpdate",
    "CatalogueVersion",
    "Category",
    "CategoryMapping",
    "CostChange",
    "CurrencyChange",
    "CustomPrice",
    "Favourite",
    "GroupDiscount",
    "GroupMembership",
    "Outage",
    "Pace",
    "Platform",
    "PriceEdit",
    "PriceEditLine",
    "PriceGroup",
    "PriceRule",
    "Probe",
    "Provider",
    "ProviderHealth",
    "ProviderService",
    "QualityLabel",
    "SearchEntry",
    "Service",
    "ServiceQuerySet",
    "Sync",
    "SyncLine",
    "UpdateMail",
]
