"""What a service and an order look like to API v2: the trade's keys, words and JSON types.

Clients compare `service` with an int, hand `rate` to float() and `status` to ==, so the types are
as much part of the protocol as the names. Nothing here is translated but descriptions for people.
Source: API-04.
"""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from orders.api.plan_answers import extras_of
from orders.models import Order
from orders.telling import CURRENCY, report
from services import paces, pricing
from services.models import Service
from wallet import money

# The columns behind `order_reports`: a hundred orders are asked for at once.
REPORTED = (
    "status",
    "role",
    "external_id",
    "quantity",
    "runs",
    "charge_micros",
    "refunded_micros",
    "start_count",
    "remains",
)


def service_item(service: Service) -> dict[str, object]:
    """A service at the price of the customer that it was read for (`priced_for`)."""
    rate_micros = pricing.rate_of(service=service, own_rate_micros=service.own_rate_micros)
    return {
        "service": service.pk,
        "name": service.name,
        "type": service.get_type_display(),
        "category": str(service.category),
        "rate": money.plain(rate_micros),
        "min": str(service.min_quantity),
        "max": str(service.max_quantity),
        "refill": service.can_refill,
        "cancel": service.can_cancel,
        "dripfeed": service.can_drip_feed,
        "desc": _description(service),
        "average_time": str(paces.average_minutes(service) or ""),
    }


def _description(service: Service) -> str:
    """What is delivered comes first: it has to be known before a purchase (CAT-04). Then what the
    trade has no members for: the label's meaning (CAT-05), the tier (CAT-11) and what a stop after
    the start costs (CAT-06)."""
    lines = [f"{service.get_delivery_display()}."]
    if service.quality:
        lines.append(f"{service.quality.name}: {service.quality.meaning}")
    if service.tier:
        lines.append(_("Tier: %(tier)s") % {"tier": service.get_tier_display()})
    if service.can_cancel and not service.can_partial:
        lines.append(_("Stopped after its start, it gives nothing back."))
    return "\n".join([*lines, service.description]).strip()


def order_reports(orders: Collection[Order]) -> dict[int, dict[str, object]]:
    """Orders as they stand, by number; those that go on by themselves tell of that as well."""
    extras = extras_of(orders)
    return {order.pk: {**report(order), **extras.get(order.pk, {})} for order in orders}


def balance_report(spendable_micros: int) -> dict[str, str]:
    """What an order may cost at most, exact to the micro."""
    return {"balance": money.plain(spendable_micros), "currency": CURRENCY}
