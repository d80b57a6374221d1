"""From where a customer sees the catalogue: everything that makes his prices and his selection
differ from another's, in one query, so that what was made for one is right for all who see alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

_OF = """
SELECT (SELECT number FROM services_catalogueversion),
       (SELECT group_id FROM services_groupmembership WHERE customer_id = {customer}),
       coalesce((SELECT country FROM accounts_user WHERE id = {customer}), ''),
       (SELECT array_agg(ARRAY[own.service_id, own.rate_micros] ORDER BY own.service_id)
          FROM services_customprice own JOIN services_service s ON s.id = own.service_id
         WHERE own.customer_id = {customer} AND NOT s.is_free)
"""
_SQL = _OF.format(customer="%(customer)s")
# For a statement in which a call is admitted (accounts.admission.Door).
BESIDE_A_DOOR = _OF.format(customer="door.customer_id")
WIDTH = 4


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """`version` is the catalogue's number, which has no order; `own_rates` are the customer's own
    prices per 1000 in micros by service. Source: docs/prices.md."""

    version: int
    group_id: int | None
    country: str
    own_rates: Mapping[int, int] = field(default_factory=dict)


def viewpoint_of(customer_id: int | None) -> Viewpoint:
    """One query; None is somebody who is not logged in."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"customer": customer_id})
        return seen(cursor.fetchone())


def seen(row: Sequence[Any]) -> Viewpoint:
    """Of the WIDTH columns that the statements here give."""
    version, group_id, country, own = row
    return Viewpoint(version=version, group_id=group_id, country=country, own_rates=dict(own or ()))


def group_rates(group_id: int) -> dict[int, int]:
    """Micros per 1000 that this group pays instead of the list price, by service on sale."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, rate FROM (SELECT id, services_group_rate(%s, id) AS rate"
            " FROM services_service WHERE is_active) AS own WHERE rate IS NOT NULL",
            [group_id],
        )
        return dict(cursor.fetchall())
