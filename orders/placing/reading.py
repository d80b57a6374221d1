"""All that has to be known before an order is taken, in one round trip (orders/sql/read_order.sql).

A call of a program is admitted in the same one: `admit` puts the reading behind the door's own
statement, so that nothing is read for a call that has no key.
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
from orders.placing.asking import OrderRequest
from orders.placing.checking import link_keys
from orders.placing.quoting import unknown_service
from orders.refusals import OrderRefused, RefusalCode
from services import kept
from services.costs import MICROS_PER_DOLLAR
from services.models import Service
from wallet.currencies import LEDGER_CURRENCY

_ARGUMENTS = """%(service)s, %(link_keys)s, %(key)s, %(recent_key)s, %(recent_since)s::timestamptz,
                %(at)s"""
_READ = f"SELECT * FROM read_order(%(customer)s, {_ARGUMENTS})"  # noqa: S608 - of constants
_READ_MANY = """
    SELECT found.* FROM ROWS FROM (jsonb_to_recordset(%(requests)s::jsonb) AS (
        service bigint, link_keys text[], key text, recent_key text, recent_since timestamptz)
    ) WITH ORDINALITY AS one (service, link_keys, key, recent_key, recent_since, place)
    CROSS JOIN LATERAL read_order(%(customer)s, one.service, one.link_keys, one.key,
                                  one.recent_key, one.recent_since, %(at)s) AS found
     ORDER BY one.place
"""
_ADMIT_AND_READ = (
    f"{admission.ADMITTED} LEFT JOIN LATERAL read_order(door.customer_id, {_ARGUMENTS}) ON true"
)

# Programs write larger numbers, too: no service has one.
_LARGEST_ID = 2**63 - 1

Parameters = dict[str, admission.Parameter]


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
    publication_id: int
    earlier: Mapping[str, Any] | None
    running: Running | None
    cost: Cost | None
    blocked_terms: tuple[str, ...]
    switched_off: str = ""


def read(*, customer_id: int, request: OrderRequest, at: datetime) -> Reading:
    """Raises OrderRefused: no such service, or no terms in force."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"customer": customer_id, **_parameters(request, at)})
        found = Found._make(cursor.fetchone())
    return reading_of(found, service_id=request.service_id)


def read_many(*, customer_id: int, requests: Sequence[OrderRequest], at: datetime) -> list[Found]:
    """What `reading_of` makes a reading of for each of the requests, in their order."""
    asked = [{**_parameters(request, at), "at": None} for request in requests]
    parameters: Parameters = {"customer": customer_id, "at": at}
    parameters |= {"requests": json.dumps(asked, default=str)}
    with connection.cursor() as cursor:
        cursor.execute(_READ_MANY, parameters)
        return [Found._make(row) for row in cursor.fetchall()]


def admit(*, knock: admission.Knock, request: OrderRequest) -> tuple[admission.Caller, Found]:
    """Counts one call, says whose it is, and what `reading_of` makes a reading of for just this
    request. Raises admission.Refused."""
    parameters = {**knock.parameters(), **_parameters(request, knock.at)}
    row = admission.ask(_ADMIT_AND_READ, parameters)
    caller = admission.decide(row[: admission.WIDTH], knock=knock)
    return caller, Found._make(row[admission.WIDTH :])


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
        publication_id=found.terms_id,
        earlier=_earlier(found),
        running=_running(found),
        cost=_cost(found),
        blocked_terms=tuple(found.blocked_terms or ()),
        switched_off=found.switched_off or "",
    )


def _parameters(request: OrderRequest, at: datetime) -> Parameters:
    recently = request.recently
    return {
        "service": min(request.service_id, _LARGEST_ID),
        "link_keys": link_keys(request) or [""],
        "key": request.idempotency_key,
        "recent_key": recently.key if recently else None,
        "recent_since": recently.since if recently else None,
        "at": at,
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
