"""From where a customer sees the catalogue: everything that makes his prices and his selection
differ from another's, in one query, so that what was made for one is right for all who see alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

_SQL = "SELECT * FROM services_viewpoint(%s)"
# Beside the columns of a door, see services/sql/admit.sql.
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
        cursor.execute(_SQL, [customer_id])
        return seen(cursor.fetchone())


def seen(row: Sequence[Any]) -> Viewpoint:
    """Of the WIDTH columns of services_viewpoint."""
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
