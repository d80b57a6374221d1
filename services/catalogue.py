"""Reading the catalogue: step by step, or as a list. Nothing here sends all of it: a catalogue has
ten thousand services, a page has room for some dozens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, OuterRef

from accounts.models import User
from services.finding.searching import Found, search_number, search_words
from services.models import Category, Platform, Service, ServiceQuerySet

Row = TypeVar("Row", Platform, Category)

# More than a select can be read with; search finds the rest.
CHOICES = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody has chosen so far, by number; None where he has not."""

    platform_id: int | None = None
    category_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The part of the catalogue that a list shows, and the parts that it could show instead.
    `found` holds services without the reader's prices: `read` brings a page of them."""

    platforms: Sequence[Platform]
    categories: Sequence[Category]
    platform: Platform | None
    category: Category | None
    words: str
    found: Found


@dataclass(frozen=True, slots=True)
class Picker:
    """Three lists to choose from, each narrowed by the choice before it. `is_cut` says that the
    category holds more services than a list can be read with."""

    platforms: Sequence[Platform]
    categories: Sequence[Category]
    services: Sequence[Service]
    platform: Platform | None
    category: Category | None
    service: Service | None
    is_cut: bool


def on_sale_for(customer_id: int | None) -> ServiceQuerySet:
    """What this customer may order today, in the order of the catalogue; None is a visitor."""
    return Service.objects.listed().sold_in(_country_of(customer_id))


def read(*, numbers: Collection[int], customer_id: int | None) -> list[Service]:
    """These services at the customer's prices, in the order of the numbers; what is not on sale
    for him is left out."""
    rows = on_sale_for(customer_id).priced_for(customer_id).filter(pk__in=numbers)
    by_number = {service.pk: service for service in rows}
    return [by_number[number] for number in numbers if number in by_number]


def pick(*, customer_id: int | None, wanted: Wanted) -> Picker:
    """Follows what is wanted from the top: a category of another platform than the chosen one, or
    a service of another category, is dropped. A service alone brings its category and platform.
    """
    on_sale = on_sale_for(customer_id)
    priced = on_sale.priced_for(customer_id)
    service = priced.filter(pk=wanted.service_id).first() if wanted.service_id else None
    platforms = _platforms(on_sale)
    platform = _find(platforms, _platform_id(wanted, service))
    categories = _categories(on_sale, platform)
    category = _find(categories, _category_id(wanted, service))
    if category is None and len(categories) == 1:
        category = categories[0]
    listed = [] if category is None else list(priced.filter(category=category)[: CHOICES + 1])
    services = listed[:CHOICES]
    if service is not None and (category is None or service.category_id != category.pk):
        service = None
    if service is not None and service not in services:
        services.append(service)
    return Picker(
        platforms=platforms,
        categories=categories,
        services=services,
        platform=platform,
        category=category,
        service=service,
        is_cut=len(listed) > CHOICES,
    )


def browse(*, customer_id: int | None, wanted: Wanted, words: str) -> Shelf:
    """The services of a platform and category, if they exist, that hold the words."""
    on_sale = on_sale_for(customer_id)
    platforms = _platforms(on_sale)
    platform = _find(platforms, _platform_id(wanted, None))
    categories = _categories(on_sale, platform)
    category = _find(categories, wanted.category_id)
    shelf = on_sale
    if platform is not None:
        shelf = shelf.filter(category__platform=platform)
    if category is not None:
        shelf = shelf.filter(category=category)
    return Shelf(
        platforms=platforms,
        categories=categories,
        platform=platform,
        category=category,
        words=words,
        found=_found(words, on_sale=on_sale, shelf=shelf),
    )


def platforms_for(*, customer_id: int | None) -> list[Platform]:
    """Those that have something on sale for this customer."""
    return _platforms(on_sale_for(customer_id))


def search(*, words: str, customer_id: int | None) -> Found:
    """Of all that this customer may order; nothing where nothing is asked."""
    on_sale = on_sale_for(customer_id)
    if not words.strip():
        return Found(on_sale.none())
    return _found(words, on_sale=on_sale, shelf=on_sale)


def similar_to(service: Service, *, customer_id: int | None, most: int) -> list[Service]:
    """What somebody may want instead: of the same category and kind if there is any, else of the
    same category, else of the same platform; the nearest in price first."""
    on_sale = on_sale_for(customer_id).exclude(pk=service.pk)
    category = on_sale.filter(category=service.category_id)
    platform = on_sale.filter(category__platform=service.category.platform_id)
    for among in (category.filter(type=service.type), category, platform):
        near = sorted(
            among.order_by().values_list("pk", "rate_micros"),
            key=lambda row: abs(row[1] - service.rate_micros),
        )
        if near:
            numbers = [number for number, _rate in near[:most]]
            return read(numbers=numbers, customer_id=customer_id)
    return []


def _found(words: str, *, on_sale: ServiceQuerySet, shelf: ServiceQuerySet) -> Found:
    """A number is found on every shelf."""
    if not words.strip():
        return Found(shelf)
    exact = search_number(words=words, among=on_sale)
    return exact or search_words(words=words, among=shelf)


def _country_of(customer_id: int | None) -> str:
    if customer_id is None:
        return ""
    return User.objects.values_list("country", flat=True).get(pk=customer_id)


def _platforms(on_sale: ServiceQuerySet) -> list[Platform]:
    sold = on_sale.order_by().filter(category__platform=OuterRef("pk"))
    return list(Platform.objects.filter(Exists(sold)))


def _categories(on_sale: ServiceQuerySet, platform: Platform | None) -> list[Category]:
    """The categories of a platform that have something on sale."""
    if platform is None:
        return []
    sold = on_sale.order_by().filter(category=OuterRef("pk"))
    categories = Category.objects.filter(Exists(sold), platform=platform)
    return list(categories.select_related("platform"))


def _platform_id(wanted: Wanted, service: Service | None) -> int | None:
    if wanted.platform_id is not None:
        return wanted.platform_id
    if wanted.category_id is not None:
        category = Category.objects.filter(pk=wanted.category_id).first()
        return category.platform_id if category else None
    return service.category.platform_id if service else None


def _category_id(wanted: Wanted, service: Service | None) -> int | None:
    if wanted.category_id is not None:
        return wanted.category_id
    return service.category_id if service else None


def _find(rows: Sequence[Row], pk: int | None) -> Row | None:
    return next((row for row in rows if row.pk == pk), None)
