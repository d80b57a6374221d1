"""Services that a customer marks to find them again; changes of them are told apart."""

from __future__ import annotations

from collections.abc import Collection

from services.models import Favourite, Service


def mark(*, customer_id: int, service_id: int) -> None:
    """Once, however often it is pressed."""
    Favourite.objects.bulk_create(
        [Favourite(customer_id=customer_id, service_id=service_id)], ignore_conflicts=True
    )


def unmark(*, customer_id: int, service_id: int) -> None:
    Favourite.objects.filter(customer=customer_id, service=service_id).delete()


def numbers_of(customer_id: int | None) -> list[int]:
    """The numbers of his favourites, the newest first; a visitor has none."""
    if customer_id is None:
        return []
    marked = Favourite.objects.filter(customer=customer_id).order_by("-since", "-pk")
    return list(marked.values_list("service_id", flat=True))


def not_on_sale(*, numbers: Collection[int], shown: Collection[Service]) -> list[Service]:
    """Of these favourites those that are not shown, because he cannot order them now."""
    missing = set(numbers) - {service.pk for service in shown}
    rows = Service.objects.filter(pk__in=missing).select_related("category__platform")
    return list(rows.order_by("name"))
