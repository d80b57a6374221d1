"""What a customer ordered last. Looked for among his newest orders only, so that it costs the same
for whoever has sixty thousand of them."""

from __future__ import annotations

from dataclasses import dataclass

from orders.models import Order, OrderQuerySet
from services import catalogue, favourites
from services.models import Service

NEWEST = 1000
# For the top of the order form, where there is little room: favourites, and the services of the
# last of these orders.
NEWEST_FOR_FORM = 200
FAVOURITES, LAST = 6, 4
# Of each so many are looked at: some may not be on sale.
READ = 20


@dataclass(frozen=True, slots=True)
class Known:
    """Services that a customer may order today and need not look for: his favourites, and others
    that he ordered last."""

    favourites: list[Service]
    last: list[Service]


def known_services(customer_id: int) -> Known:
    marked = favourites.numbers_of(customer_id)[:READ]
    ordered = last_services(customer_id)[:READ]
    numbers = list(dict.fromkeys([*marked, *ordered]))
    found = catalogue.read(numbers=numbers, customer_id=customer_id) if numbers else []
    chosen = [service for service in found if service.pk in marked][:FAVOURITES]
    others = [service for service in found if service.pk in ordered and service not in chosen]
    return Known(favourites=chosen, last=others[:LAST])


def last_order_of(*, customer_id: int, service_id: int) -> Order | None:
    """His newest order of this service."""
    newest = _placed(customer_id).values("pk")[:NEWEST]
    return Order.objects.filter(pk__in=newest, service=service_id).order_by("-pk").first()


def last_services(customer_id: int) -> list[int]:
    """Numbers of the services that he ordered last, the newest first, each once."""
    numbers = _placed(customer_id).values_list("service_id", flat=True)[:NEWEST_FOR_FORM]
    return list(dict.fromkeys(numbers))


def _placed(customer_id: int) -> OrderQuerySet:
    """What he placed himself: not the runs of a plan."""
    return Order.objects.history_of(customer_id).asked_for().order_by("-pk")
