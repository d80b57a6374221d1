"""A service that is not sold everywhere is sold to those who have said where they are billed, and
not where it is blocked (CAT-14). `place_order` proves it again in the database."""

from __future__ import annotations

from django.db.models import Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from orders.refusals import OrderRefused, RefusalCode
from services.models import Service, ServiceQuerySet


def located(services: ServiceQuerySet, *, customer_id: int | None) -> ServiceQuerySet:
    """Reads along where this customer is billed, for `check_sold`."""
    home = User.objects.filter(pk=customer_id or 0).values("country")[:1]
    return services.annotate(read_country=Subquery(home))


def asks_country(service: Service) -> bool:
    """Whether its customer has to say where he is billed before he can order it."""
    return bool(service.blocked_countries) and not _country(service)


def check_sold(service: Service) -> None:
    """Raises OrderRefused for a service that is not sold where its customer is billed, or of which
    nobody knows that. It was read through `located`."""
    if asks_country(service):
        message = _("This service is not sold everywhere. Say first where you are billed.")
        raise OrderRefused(RefusalCode.COUNTRY_UNKNOWN, message, field="service")
    if not service.is_sold_in(_country(service)):
        raise not_sold_there()


def not_sold_there() -> OrderRefused:
    message = _("This service is not sold in the country where you are billed.")
    return OrderRefused(RefusalCode.NOT_SOLD_THERE, message, field="service")


def _country(service: Service) -> str:
    found: str | None = vars(service)["read_country"]
    return found or ""
