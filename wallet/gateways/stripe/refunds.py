"""Refunds of charges: one for each reference, in whole cents, to the card that was charged."""

from __future__ import annotations

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
    with gateway_errors():
        made = api().refunds.list({"charge": deposit.charge_id, "limit": PER_PAGE})
        for one in made.auto_paging_iter():
            if note_of(one.metadata, "reference") == reference:
                return refund_of(one)
    return None


def refund_of(made: stripe.Refund) -> Refund:
    """A refund as Stripe tells it."""
    return Refund(
        refund_id=made.id,
        state=_STATES.get(made.status or "", RefundState.PENDING),
        amount_micros=made.amount * MICROS_PER_CENT,
        charge_id=id_of(made.charge),
        payment_id=id_of(made.payment_intent),
        reference=note_of(made.metadata, "reference"),
        trouble=made.failure_reason or "",
    )
