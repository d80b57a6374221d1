"""All that has to be known before orders are taken, in one round trip (orders/sql/read_orders.sql).

A call of a program is admitted in the same one: `at_the_door` joins the reading to the door's own
statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from accounts import admission
from accounts.admission import Knock, Row
from orders.placing.asking import OrderRequest
from orders.placing.checking import link_keys
from orders.placing.quoting import unknown_service
from orders.refusals import OrderRefused, RefusalCode
from services import kept
from services.costs import MICROS_PER_DOLLAR
from services.models import Service
from wallet.currencies import LEDGER_CURRENCY

_READ = "SELECT * FROM read_orders(%(requests)s::jsonb, %(customers)s, %(at)s)"
# The columns of admission.ADMITTED and behind them those of Found: orders/sql/admit.sql.
_ADMIT_AND_READ = (
    "SELECT * FROM orders_admit("  # noqa: S608 - of constants
    f"%(calls)s::jsonb, %(rate)s, {admission.ADDRESS_SHARE}, %(at)s)"
)

# Programs write larger numbers, too: no service has one.
_LARGEST_ID = 2**63 - 1


class Found(NamedTuple):
    """What the database says, in the order of its columns."""

    service_version: str | None
    own_rate_micros: int | None
    country: str | None
    terms_id: int | None
    switched_off: str | None
    earlier_id: int | None
    earlier_hash: str | None
    running_id: int | None
    running_service_id: int | None
    cost_micros: int | None
    cost_currency: str | None
    per_dollar_micros: int | None
    blocked_terms: list[str] | None


@dataclass(frozen=True, slots=True)
class Running:
    """An order of the same customer that runs on the same link."""

    order_id: int
    service_id: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What the provider takes per 1000, in millionths of its currency, and what a dollar is in it:
    None where nobody has said."""

    rate_micros: int
    per_dollar_micros: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known about a request before anything is decided. `earlier` is the order that it has
    made before, `running` one of the same service, or else of its category; `switched_off` says why
    nobody may order now."""

    service: Service
    service_version: str
    publication_id: int
    earlier: Mapping[str, Any] | None
    running: Running | None
    cost: Cost | None
    blocked_terms: tuple[str, ...]
    switched_off: str = ""


def read(*, customer_id: int, request: OrderRequest, at: datetime) -> Reading:
    """Raises OrderRefused: no such service, or no terms in force."""
    (found,) = read_many(customer_id=customer_id, requests=[request], at=at)
    return reading_of(found, service_id=request.service_id)


def read_many(*, customer_id: int, requests: Sequence[OrderRequest], at: datetime) -> list[Found]:
    """What `reading_of` makes a reading of for each of the requests, in their order."""
    asked = json.dumps([_asked(request) for request in requests])
    customers = [customer_id] * len(requests)
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"requests": asked, "customers": customers, "at": at})
        return [Found._make(row) for row in cursor.fetchall()]


def at_the_door(calls: Sequence[tuple[Knock, OrderRequest]]) -> list[tuple[Row, Found]]:
    """Counts the calls of one moment; what `admission.decide` and `reading_of` are to be told of
    each. Raises what the database raises."""
    asked = [admission.Call(knock, _asked(request)) for knock, request in calls]
    width = admission.WIDTH
    return [
        (row[:width], Found._make(row[width:])) for row in admission.ask(_ADMIT_AND_READ, asked)
    ]


def reading_of(found: Found, *, service_id: int) -> Reading:
    """Raises OrderRefused: no such service, or no terms in force."""
    service = found.service_version and kept.service_of(
        service_id=service_id,
        version=found.service_version,
        own_rate_micros=found.own_rate_micros,
        country=found.country or "",
    )
    if not service:
        raise unknown_service()
    if found.terms_id is None:
        message = _("Ordering is not open yet: there are no terms in force.")
        raise OrderRefused(RefusalCode.SWITCHED_OFF, message)
    return Reading(
        service=service,
        service_version=found.service_version or "",
        publication_id=found.terms_id,
        earlier=_earlier(found),
        running=_running(found),
        cost=_cost(found),
        blocked_terms=tuple(found.blocked_terms or ()),
        switched_off=found.switched_off or "",
    )


def _asked(request: OrderRequest) -> admission.Members:
    recently = request.recently
    return {
        "service": min(request.service_id, _LARGEST_ID),
        "link_keys": link_keys(request) or [""],
        "key": request.idempotency_key,
        "recent_key": recently.key if recently else None,
        "recent_since": recently.since.isoformat() if recently else None,
    }


def _earlier(found: Found) -> dict[str, Any] | None:
    if found.earlier_id is None:
        return None
    return {"id": found.earlier_id, "request_hash": found.earlier_hash}


def _running(found: Found) -> Running | None:
    if found.running_id is None or found.running_service_id is None:
        return None
    return Running(found.running_id, found.running_service_id)


def _cost(found: Found) -> Cost | None:
    if found.cost_micros is None:
        return None
    is_dollar = found.cost_currency == LEDGER_CURRENCY
    return Cost(
        rate_micros=found.cost_micros,
        per_dollar_micros=MICROS_PER_DOLLAR if is_dollar else found.per_dollar_micros,
    )
