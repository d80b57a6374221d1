"""The one call that makes an order: its row, its first event and its charge, or none of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, transaction

from accounts.together import Together, is_undone
from legal.policy import Policy
from orders import lifecycle
from orders.models import Order, OrderEvent, Status
from orders.nudging import nudge_soon
from orders.placing.asking import OrderRequest
from orders.placing.checking import Wanted
from orders.placing.notices import kept_of
from orders.placing.reading import Reading
from services import kept
from services.models import Service
from services.pricing import Quote

# An order as a JSON object, and what became of it: its number, or the code of why it was refused.
# Both as orders/sql/place_orders.sql names them.
Row = str
Verdict = int | str
# An order has the same key, or runs on this link.
IN_THE_WAY = "OR007"
# Longer than an order keeps a wallet, and shorter than people notice.
_PATIENCE = "100ms"


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


class NotPlaced(Exception):
    """The database refused an order, which left no trace; `code` as in place_orders.sql."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def insert(decision: Decision) -> int:
    """The order's number. Raises NotPlaced, and what the database raises."""
    if decision.held_for:
        return _insert_held(decision)
    row = _row(decision)
    # Inside a caller's transaction an order is part of that, and of nobody else's.
    is_own = not connections[DEFAULT_DB_ALIAS].in_atomic_block
    order_id = _number(_TOGETHER.go(row, alone=_insert_alone) if is_own else _insert_alone(row))
    _nudge([(decision, order_id)])
    return order_id


def insert_many(decisions: Sequence[Decision]) -> list[int | None]:
    """The numbers of orders that are placed in one call, None for those to try alone: they were
    refused, or are to be held. Raises what the database raises when nobody knows the end."""
    plain = [decision for decision in decisions if not decision.held_for]
    # In a caller's transaction patience would be short for all that he does afterwards, too.
    patience = None if connection.in_atomic_block else _PATIENCE
    verdicts: Sequence[Verdict | None]
    try:
        with _scope():
            verdicts = place_orders([_row(decision) for decision in plain], patience=patience)
    except Error as error:
        if not is_undone(error):
            raise
        verdicts = [None] * len(plain)
    found = dict(zip(map(id, plain), verdicts, strict=True))
    numbers = [_placed(found.get(id(decision))) for decision in decisions]
    _nudge(zip(decisions, numbers, strict=True))
    return numbers


def place_orders(rows: Sequence[Row], *, patience: str | None = None) -> list[Verdict]:
    """What became of each. Raises what the database raises, and then none was placed, unless the
    connection was lost. With `patience` it raises, too, where a lock is kept for longer; it holds
    until the end of the transaction."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(order_id::text, refusal) FROM place_orders(%s, %s)",
            [f"[{','.join(rows)}]", patience],
        )
        return [int(said) if said.isdigit() else said for (said,) in cursor.fetchall()]


def _place_together(rows: Sequence[Row]) -> Sequence[Verdict | None]:
    """Of several, a refusal may be the doing of the others: it is for nobody to hear. Who has to
    wait for a wallet does so alone, and keeps nobody else from the database meanwhile."""
    verdicts = place_orders(rows, patience=_PATIENCE)
    return verdicts if len(rows) == 1 else [_placed(verdict) for verdict in verdicts]


_TOGETHER: Together[Row, Verdict] = Together(_place_together)


def _placed(verdict: Verdict | None) -> int | None:
    return verdict if isinstance(verdict, int) else None


def _nudge(placed: Iterable[tuple[Decision, int | None]]) -> None:
    order_ids = [number for decision, number in placed if number and not _undo_seconds(decision)]
    if order_ids:
        transaction.on_commit(lambda: nudge_soon(order_ids=order_ids), robust=True)


def _undo_seconds(decision: Decision) -> int:
    """A script has no use for time to take an order back; its answer confirms the order."""
    is_script = decision.request.channel == Order.Channel.API
    return 0 if is_script else decision.policy.order_undo_seconds


def _scope() -> AbstractContextManager[object]:
    """Alone, a call is its own transaction; inside a caller's, an error must not poison it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _insert_held(decision: Decision) -> int:
    with transaction.atomic():
        order_id = _number(_insert_alone(_row(decision, status=Status.HELD)))
        lifecycle.record(
            order=Order(pk=order_id),
            kind=OrderEvent.Kind.FLAGGED,
            detail={"reason": "screened", "terms": decision.held_for},
            at=decision.at,
        )
    return order_id


def _insert_alone(row: Row) -> Verdict:
    with _scope():
        return place_orders([row])[0]


def _number(verdict: Verdict) -> int:
    if isinstance(verdict, str):
        raise NotPlaced(verdict)
    return verdict


def _row(decision: Decision, *, status: Status = Status.QUEUED) -> Row:
    request, quote, wanted = decision.request, decision.quote, decision.wanted
    reading, policy, at = decision.reading, decision.policy, decision.at.isoformat()
    undo = timedelta(seconds=_undo_seconds(decision))
    is_script = request.channel == Order.Channel.API
    is_mailed = settings.CONFIRM_API_ORDERS_BY_MAIL or not is_script
    members = {
        "p_customer": decision.customer_id,
        "p_service": quote.service_id,
        "p_service_revision": quote.revision,
        "p_own_rate": quote.own_rate_micros,
        "p_publication": reading.publication_id,
        "p_channel": request.channel,
        "p_idempotency_key": request.idempotency_key,
        # Nobody looks for an order again that has no key.
        "p_request_hash": request.fingerprint if request.idempotency_key else "",
        "p_link": wanted.link.url,
        "p_link_key": wanted.link.key,
        "p_quantity": quote.quantity,
        "p_parameters": wanted.values,
        "p_rate": quote.rate_micros,
        "p_charge": quote.charge_micros,
        "p_duplicate_accepted": decision.is_duplicate,
        "p_role": wanted.role,
        "p_runs": quote.runs,
        "p_interval_minutes": wanted.interval_minutes,
        "p_status": status,
        "p_open_cap": policy.order_open_cap,
        "p_spend_order": policy.wallet_spend_order,
        "p_not_before": (decision.at + undo).isoformat() if undo else at,
        "p_confirmed_at": None if is_mailed else at,
        "p_at": at,
    }
    snapshot = _snapshot(reading.service, reading.service_version)
    return f'{json.dumps(members)[:-1]},"p_snapshot":{snapshot}}}'


@lru_cache(maxsize=kept.MOST)
def _snapshot(service: Service, _version: str) -> str:
    return json.dumps(service.snapshot() | kept_of(service))
