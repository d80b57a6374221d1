"""What a provider is told of an order: its parameters, and nothing about who ordered (DEL-02)."""

from __future__ import annotations

from orders.models import Order, Role
from services import parameters
from services.types import Counting, spec_of


def fields_of(order: Order) -> dict[str, str]:
    """The fields of API v2 `add`, without key, action and service. Source: docs/service-types.md.

    A type that counts for itself sends no quantity: the provider counts the same lines.
    """
    spec = spec_of(str(order.snapshot["type"]))
    fields = parameters.upstream(spec=spec, values=order.parameters)
    if spec.has_link:
        fields["link"] = order.link
    if spec.counting == Counting.ASKED:
        fields["quantity"] = str(order.quantity)
    # A drip-feed that the panel runs itself is sent run by run.
    if order.runs is not None and order.role == Role.SINGLE:
        fields["runs"] = str(order.runs)
        fields["interval"] = str(order.interval_minutes)
    return fields
