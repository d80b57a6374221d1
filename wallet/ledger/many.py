"""The money of many orders at once: what `refund` and `settle` do for one, in three statements.

No two batches kill each other: the cash rows of all customers are locked by ascending id before
anything moves, and every other verb takes one customer's cash row first (docs/ledger.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from wallet.ledger.held import Held, refund_legs, revenue_leg
from wallet.ledger.posting import Leg, ledger_errors, sums_by_reference


@dataclass(frozen=True, slots=True)
class Target:
    """What has to be true of an order's money. `due_micros` is what must have come back in all, 0
    where nothing more is due; of one that `is_over` the rest is earned."""

    customer_id: int
    reference: str
    due_micros: int
    is_over: bool


class _Booking(NamedTuple):
    reference: str
    leg: Leg


def bring_up(*, targets: Sequence[Target], at: datetime) -> dict[str, int]:
    """Books what is missing; returns the micros refunded now by reference, of every target.

    All or nothing. The caller holds the orders' rows. Raises RefundExceedsCharge, KeyReused.
    """
    if not targets:
        return {}
    _lock([target.customer_id for target in targets if target.due_micros])
    sums = sums_by_reference([target.reference for target in targets])
    bookings: list[_Booking] = []
    refunded = {}
    for target in targets:
        held = Held.of(sums.get(target.reference, {}))
        refunded[target.reference] = held.lacking(
            reference=target.reference, due_micros=target.due_micros
        )
        bookings += [_Booking(target.reference, leg) for leg in _legs(held, target)]
    _post(bookings, at)
    return refunded


def _legs(held: Held, target: Target) -> list[Leg]:
    due_micros = target.due_micros
    legs = refund_legs(held=held, customer_id=target.customer_id, due_micros=due_micros)
    if target.is_over:
        legs.append(revenue_leg(held.refunded_to(due_micros)))
    return [leg for leg in legs if leg.amount_micros > 0]


def _lock(customer_ids: list[int]) -> None:
    if customer_ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_lock_many(%s)", [customer_ids])


def _post(bookings: Sequence[_Booking], at: datetime) -> None:
    if not bookings:
        return
    rows = [
        (leg.debit.owner_id, leg.debit.kind, leg.credit.owner_id, leg.credit.kind,
         leg.amount_micros, leg.kind, f"{reference}:{leg.name}", reference)
        for reference, leg in bookings
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    with ledger_errors(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post_many(%s::bigint[], %s::text[], %s::bigint[], %s::text[],"
            " %s::bigint[], %s::text[], %s::text[], %s::text[], %s)",
            [*columns, at],
        )
