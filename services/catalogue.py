"""Reading the catalogue: step by step, by number and words, or as a list. Nothing here sends all
of it: a catalogue has ten thousand services, a page has room for some dozens (UX-2A)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q

from services.models import Category, Platform, Service, ServiceQuerySet
from wallet.money import read_number

Row = TypeVar("Row", Platform, Category)

# More than a select can be read with; search finds the rest.
CHOICES = 200
LONGEST_SEARCH = 100
# Names decide between equal positions, so that a category is never torn into two groups.
_ORDER = (
    "category__platform__position",
    "category__platform__name",
    "category__position",
    "category__name",
    "position",
    "id",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody has chosen so far, by number; None where he has not."""

    platform_id: int | None = None
    category_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The part of the catalogue that a list shows, and the parts that it could show instead."""

    platforms: Sequence[Platform]
    categories: Sequence[Category]
    platform: Platform | None
    category: Category | None
    words: str
    services: ServiceQuerySet


@dataclass(frozen=True, slots=True)
class Picker:
    """Three lists to choose from, each narrowed by the choice before it."""

    platforms: Sequence[Platform]
    categories: Sequence[Category]
    services: Sequence[Service]
    platform: Platform | None
    category: Category | None
    service: Service | None


def platforms_on_sale() -> list[Platform]:
    on_sale = Service.objects.filter(is_active=True, category__platform=OuterRef("pk"))
    return list(Platform.objects.filter(Exists(on_sale)))


def categories_on_sale(*, platform_id: int) -> list[Category]:
    """The categories of a platform that have something on sale."""
    on_sale = Service.objects.filter(is_active=True, category=OuterRef("pk"))
    categories = Category.objects.filter(Exists(on_sale), platform=platform_id)
    return list(categories.select_related("platform"))


def pick(*, customer_id: int | None, wanted: Wanted) -> Picker:
    """Follows what is wanted from the top: a category of another platform than the chosen one, or
    a service of another category, is dropped. A service alone brings its category and platform.
    """
    service = _service(customer_id, wanted)
    platforms = platforms_on_sale()
    platform = _find(platforms, _platform_id(wanted, service))
    categories = categories_on_sale(platform_id=platform.pk) if platform else []
    category = _find(categories, _category_id(wanted, service))
    if category is None and len(categories) == 1:
        category = categories[0]
    services = _services(customer_id, category)
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
    )


def browse(*, customer_id: int | None, wanted: Wanted, words: str) -> Shelf:
    """The services of a platform and category, if they exist, that hold the words."""
    platforms = platforms_on_sale()
    platform = _find(platforms, _platform_id(wanted, None))
    categories = categories_on_sale(platform_id=platform.pk) if platform else []
    category = _find(categories, wanted.category_id)
    services = search(words=words).priced_for(customer_id).order_by(*_ORDER)
    if platform is not None:
        services = services.filter(category__platform=platform)
    if category is not None:
        services = services.filter(category=category)
    return Shelf(
        platforms=platforms,
        categories=categories,
        platform=platform,
        category=category,
        words=words,
        services=services,
    )


def search(*, words: str) -> ServiceQuerySet:
    """The service on sale whose number is `words`, or those that hold each word in their own name
    or in their category's or platform's, in the order of the catalogue."""
    listed = Service.objects.listed()
    number = read_number(words.strip().removeprefix("#"))
    if number is not None and (exact := listed.filter(pk=number)).exists():
        return exact
    for word in words[:LONGEST_SEARCH].split():
        listed = listed.filter(
            Q(name__icontains=word)
            | Q(category__name__icontains=word)
            | Q(category__platform__name__icontains=word)
        )
    return listed


def _service(customer_id: int | None, wanted: Wanted) -> Service | None:
    if wanted.service_id is None:
        return None
    return Service.objects.listed().priced_for(customer_id).filter(pk=wanted.service_id).first()


def _services(customer_id: int | None, category: Category | None) -> list[Service]:
    if category is None:
        return []
    listed = Service.objects.listed().priced_for(customer_id).filter(category=category)
    return list(listed[:CHOICES])


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
