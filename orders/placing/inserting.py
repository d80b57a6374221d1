"""The one call that makes an order: its row, its first event and its charge, or none of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection, transaction

from legal.policy import Policy
from orders import lifecycle
from orders.models import Order, OrderEvent, Status
from orders.nudging import nudge_soon
from orders.placing.asking import OrderRequest
from orders.placing.checking import Wanted
from orders.placing.notices import kept_of
from orders.placing.reading import Reading
from orders.placing.together import Row, Together, is_undone, place_orders
from services.pricing import Quote

_TOGETHER = Together(place_orders)


@dataclass(frozen=True, slots=True)
class Decision:
    """An order that may be placed, with everything that was decided about it. `held_for` are the
    blocked terms that it names: with any it waits for staff. `is_duplicate`: a second order on a
    link, knowingly."""

    customer_id: int
    request: OrderRequest
    reading: Reading
    policy: Policy
    wanted: Wanted
    quote: Quote
    held_for: list[str]
    is_duplicate: bool
    at: datetime


def insert(decision: Decision) -> int:
    """The order's number. Raises what the database raises: see orders/sql/place_order.sql."""
    row = _row(decision)
    if decision.held_for:
        return _insert_held(decision, row)
    # Inside a caller's transaction an order is part of that, and of nobody else's.
    is_own = not connection.in_atomic_block
    order_id = _insert_own(row) if is_own else _call_place_order(row)
    _nudge(decision, order_id)
    return order_id


def insert_many(decisions: Sequence[Decision]) -> list[int | None]:
    """The numbers of orders that are placed in one call, None for those to try alone: they were
    refused, or are to be held. Raises what the database raises when nobody knows the end."""
    plain = [decision for decision in decisions if not decision.held_for]
    try:
        with _scope():
            numbers = place_orders([_row(decision) for decision in plain])
    except Error as error:
        if not is_undone(error):
            raise
        numbers = [None] * len(plain)
    found = dict(zip(map(id, plain), numbers, strict=True))
    for decision in plain:
        if order_id := found[id(decision)]:
            _nudge(decision, order_id)
    return [found.get(id(decision)) for decision in decisions]


def _nudge(decision: Decision, order_id: int) -> None:
    if not _undo_seconds(decision):
        transaction.on_commit(lambda: nudge_soon(order_id=order_id), robust=True)


def _undo_seconds(decision: Decision) -> int:
    """A script has no use for time to take an order back (UX-22); its answer confirms the order."""
    is_script = decision.request.channel == Order.Channel.API
    return 0 if is_script else decision.policy.order_undo_seconds


def _scope() -> AbstractContextManager[object]:
    """Alone, a call is its own transaction; inside a caller's, a refusal must not poison it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _insert_held(decision: Decision, row: Row) -> int:
    with transaction.atomic():
        order_id = _call_place_order({**row, "p_status": Status.HELD})
        lifecycle.record(
            order=Order(pk=order_id),
            kind=OrderEvent.Kind.FLAGGED,
            detail={"reason": "screened", "terms": decision.held_for},
            at=decision.at,
        )
    return order_id


def _row(decision: Decision) -> Row:
    request, quote, wanted, at = decision.request, decision.quote, decision.wanted, decision.at
    service, policy = decision.reading.service, decision.policy
    is_script = request.channel == Order.Channel.API
    is_mailed = settings.CONFIRM_API_ORDERS_BY_MAIL or not is_script
    return {
        "p_customer": decision.customer_id,
        "p_service": quote.service_id,
        "p_service_revision": quote.revision,
        "p_own_rate": quote.own_rate_micros,
        "p_publication": decision.reading.publication_id,
        "p_channel": request.channel,
        "p_idempotency_key": request.idempotency_key,
        "p_request_hash": request.fingerprint,
        "p_link": wanted.link.url,
        "p_link_key": wanted.link.key,
        "p_quantity": quote.quantity,
        "p_parameters": json.dumps(wanted.values),
        "p_snapshot": json.dumps(service.snapshot() | kept_of(service)),
        "p_rate": quote.rate_micros,
        "p_charge": quote.charge_micros,
        "p_duplicate_accepted": decision.is_duplicate,
        "p_role": wanted.role,
        "p_runs": quote.runs,
        "p_interval_minutes": wanted.interval_minutes,
        "p_status": Status.QUEUED,
        "p_open_cap": policy.order_open_cap,
        "p_spend_order": policy.wallet_spend_order,
        "p_not_before": at + timedelta(seconds=_undo_seconds(decision)),
        "p_confirmed_at": None if is_mailed else at,
        "p_at": at,
    }


def _insert_own(row: Row) -> int:
    return _TOGETHER.insert(row, briefly=_call_place_order_briefly, alone=_call_place_order)


def _call_place_order(row: Row) -> int:
    return _number(f"SELECT place_order({_arguments(row)})", row)


def _call_place_order_briefly(row: Row) -> int:
    """The same, but for the wallet it waits no longer than a shared call does: until the end of
    the statement, which is its own transaction (orders/sql/place_orders.sql)."""
    patience = "VALUES (set_config('lock_timeout', '100ms', true))"
    call = f"(TABLE patience), place_order({_arguments(row)})"
    return _number(f"WITH patience AS MATERIALIZED ({patience}) SELECT {call}", row)


def _number(call: str, row: Row) -> int:
    with _scope(), connection.cursor() as cursor:
        cursor.execute(call, row)
        return int(cursor.fetchone()[-1])


def _arguments(row: Row) -> str:
    return ", ".join(f"{name} => %({name})s" for name in row)
