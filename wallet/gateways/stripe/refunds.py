"""Refunds of charges: one for each reference, in whole cents, to the card that was charged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import stripe

from wallet.currencies import MICROS_PER_CENT
from wallet.gateways.base import Refund, RefundState
from wallet.gateways.stripe.client import api, gateway_errors, id_of, note_of
from wallet.models import Deposit

PER_PAGE = 100
_STATES = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED}
_STATES |= {"canceled": RefundState.FAILED}


def refund(*, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
    """Pays back to the top-up's charge. Raises GatewayUnavailable, GatewayRefused."""
    with gateway_errors():
        made = api().refunds.create(
            {
                "charge": deposit.charge_id,
                "amount": amount_micros // MICROS_PER_CENT,
                "metadata": {"reference": reference},
            },
            {"idempotency_key": f"wr:{reference}"},
        )
    return refund_of(made)


def find_refund(*, deposit: Deposit, reference: str) -> Refund | None:
    """The refund of this top-up's charge that names the reference."""
    made = of_charge(deposit.charge_id)
    return next((one for one in made if one.reference == reference), None)


def read(refund_id: str) -> Refund:
    """A refund as it is now, whoever made it. Raises GatewayUnavailable, GatewayRefused."""
    with gateway_errors():
        return refund_of(api().refunds.retrieve(refund_id))


def of_charge(charge_id: str) -> list[Refund]:
    """Every refund of a charge as it is now. Raises GatewayUnavailable, GatewayRefused."""
    with gateway_errors():
        made = api().refunds.list({"charge": charge_id, "limit": PER_PAGE})
        return [refund_of(one) for one in made.auto_paging_iter()]


def recent(*, since: datetime, until: datetime) -> Iterator[Refund]:
    """Every refund that was made in between. Raises GatewayUnavailable, GatewayRefused."""
    first, last = int(since.timestamp()), int(until.timestamp())
    with gateway_errors():
        made = api().refunds.list({"created": {"gte": first, "lte": last}, "limit": PER_PAGE})
        for one in made.auto_paging_iter():
            yield refund_of(one)


def refund_of(made: stripe.Refund) -> Refund:
    """A refund as Stripe tells it."""
    return Refund(
        refund_id=made.id,
        state=_STATES.get(made.status or "", RefundState.PENDING),
        amount_micros=made.amount * MICROS_PER_CENT,
        charge_id=id_of(made.charge),
        payment_id=id_of(made.payment_intent),
        reference=note_of(made.metadata, "reference"),
        trace_id=_trace_id(made),
        trouble=made.failure_reason or "",
    )


def _trace_id(made: stripe.Refund) -> str:
    """The number by which the customer's bank finds it; known some days later, for cards only."""
    card = getattr(made.destination_details, "card", None)
    return str(getattr(card, "reference", None) or "")
