"""Stripe's disputes and early fraud warnings, read as they are now.

What was withdrawn and reinstated, and the fees, are its own bookings (balance transactions): the
dispute's amount says only what the bank asks for.
"""

from __future__ import annotations

from datetime import UTC, datetime

from stripe import BalanceTransaction
from stripe import Dispute as StripeDispute
from stripe.radar import EarlyFraudWarning

from wallet.currencies import MICROS_PER_CENT
from wallet.gateways.base import DisputeReport, GatewayRefused, WarningReport
from wallet.gateways.stripe.booking import micros_of
from wallet.gateways.stripe.client import api, gateway_errors, id_of
from wallet.models import Dispute

State = Dispute.State

_STATES = {
    "warning_needs_response": State.INQUIRY,
    "warning_under_review": State.INQUIRY,
    "warning_closed": State.CLOSED,
    # The money went back to the card before it came to a dispute: a refund tells of it.
    "prevented": State.CLOSED,
    "needs_response": State.FORMAL,
    "under_review": State.FORMAL,
    "won": State.WON,
    "lost": State.LOST,
}


def read_dispute(dispute_id: str) -> DisputeReport:
    """A dispute with its bookings. Raises GatewayUnavailable, GatewayRefused."""
    with gateway_errors():
        return _report_of(api().disputes.retrieve(dispute_id))


def read_warning(warning_id: str) -> WarningReport:
    """An early fraud warning. Raises GatewayUnavailable, GatewayRefused."""
    with gateway_errors():
        return _warning_of(api().radar.early_fraud_warnings.retrieve(warning_id))


def _report_of(dispute: StripeDispute) -> DisputeReport:
    state = _STATES.get(dispute.status)
    if state is None:
        raise GatewayRefused(f"a dispute that is {dispute.status}: this word is not known")
    booked = dispute.balance_transactions
    due_by = dispute.evidence_details.due_by
    return DisputeReport(
        dispute_id=dispute.id,
        charge_id=id_of(dispute.charge),
        payment_id=id_of(dispute.payment_intent),
        state=state,
        status=dispute.status,
        reason=dispute.reason,
        amount_micros=dispute.amount * MICROS_PER_CENT,
        taken_micros=max(0, -_sum_of(booked, "amount")),
        fee_micros=_sum_of(booked, "fee"),
        entries=len(booked),
        evidence_due_at=datetime.fromtimestamp(due_by, tz=UTC) if due_by else None,
    )


def _sum_of(booked: list[BalanceTransaction], member: str) -> int:
    return sum(micros_of(entry, coins=getattr(entry, member)) for entry in booked)


def _warning_of(warning: EarlyFraudWarning) -> WarningReport:
    return WarningReport(
        warning_id=warning.id,
        charge_id=id_of(warning.charge),
        payment_id=id_of(warning.payment_intent),
        kind=warning.fraud_type,
        is_actionable=warning.actionable,
    )
