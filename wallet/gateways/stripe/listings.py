"""Stripe's own lists, newest first, page by page: what the sweep holds our books against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from stripe import BalanceTransaction, Charge, PaymentIntent

from wallet.currencies import micros_of
from wallet.gateways.base import Payment, PaymentState, Refund
from wallet.gateways.stripe.client import api, gateway_errors, id_of
from wallet.gateways.stripe.payments import payment_of
from wallet.gateways.stripe.refunds import refund_of

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the gateway's own books; signed micros of `currency`, income positive."""

    entry_id: str
    kind: str
    source_id: str
    gross_micros: int
    fee_micros: int
    currency: str
    created_at: datetime


def payments(*, since: datetime, until: datetime) -> Iterator[Payment]:
    """Payments begun since then that have succeeded, charged by `until` at the latest."""
    with gateway_errors():
        found = api().payment_intents.list(
            {
                "created": {"gte": int(since.timestamp())},
                "expand": ["data.latest_charge.balance_transaction"],
                "limit": PER_PAGE,
            }
        )
        for intent in found.auto_paging_iter():
            payment = payment_of(intent)
            if payment.state == PaymentState.SUCCEEDED and _charged_at(intent) <= until:
                yield payment


def refunds(*, since: datetime) -> Iterator[Refund]:
    """Refunds made since then, as they stand now."""
    with gateway_errors():
        found = api().refunds.list({"created": {"gte": int(since.timestamp())}, "limit": PER_PAGE})
        for made in found.auto_paging_iter():
            yield refund_of(made)


def dispute_ids(*, since: datetime, until: datetime) -> Iterator[str]:
    """Disputes opened in this time."""
    with gateway_errors():
        found = api().disputes.list(
            {
                "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                "limit": PER_PAGE,
            }
        )
        for dispute in found.auto_paging_iter():
            yield dispute.id


def entries(*, since: datetime) -> Iterator[Entry]:
    """The gateway's balance transactions since then."""
    with gateway_errors():
        found = api().balance_transactions.list(
            {"created": {"gte": int(since.timestamp())}, "limit": PER_PAGE}
        )
        for booked in found.auto_paging_iter():
            yield _entry(booked)


def _entry(booked: BalanceTransaction) -> Entry:
    return Entry(
        entry_id=booked.id,
        kind=booked.type,
        source_id=id_of(booked.source),
        gross_micros=micros_of(booked.amount, booked.currency),
        fee_micros=micros_of(booked.fee, booked.currency),
        currency=booked.currency,
        created_at=datetime.fromtimestamp(booked.created, UTC),
    )


def _charged_at(intent: PaymentIntent) -> datetime:
    charge = intent.latest_charge
    at = charge.created if isinstance(charge, Charge) else intent.created
    return datetime.fromtimestamp(at, UTC)
