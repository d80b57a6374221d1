"""Stripe's news about refunds: each refund is read anew, and its payout or the books follow.

A notification names a refund or a charge, never an amount that counts. What no notification told,
the sweep finds in the gateway's list. Source: docs/withdrawals.md; stripe.md, section 3.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts import cases
from accounts.models import Case
from wallet.gateways.base import Refund, RefundState
from wallet.gateways.stripe import refunds
from wallet.gateways.stripe.client import CODE as STRIPE
from wallet.models import ForeignRefund, Payout
from wallet.payouts import following as payouts

# How far back the sweep looks, and how long a notification may take.
WINDOW = timedelta(hours=72)
GRACE = timedelta(minutes=10)
_ENDED = {
    RefundState.SUCCEEDED: (Payout.State.SUCCEEDED, ForeignRefund.State.SUCCEEDED),
    RefundState.FAILED: (Payout.State.FAILED, ForeignRefund.State.FAILED),
}


def follow_refund(refund_id: str, at: datetime) -> None:
    """For `refund.*` and `charge.refund.updated`."""
    payouts.apply_refund(refunds.read(refund_id), gateway=STRIPE, at=at)


def follow_charge(charge_id: str, at: datetime) -> None:
    """For `charge.refunded`, which tells of the charge and not of the refund."""
    for refund in refunds.of_charge(charge_id):
        payouts.apply_refund(refund, gateway=STRIPE, at=at)


def apply_missed(*, at: datetime) -> int:
    """Follows every recent refund; returns how many nobody had told of, with a case for each.

    Raises GatewayUnavailable, GatewayRefused.
    """
    missed = 0
    for refund in refunds.recent(since=at - WINDOW, until=at - GRACE):
        was_known = _is_known(refund)
        payouts.apply_refund(refund, gateway=STRIPE, at=at)
        if not was_known and _is_known(refund):
            missed += 1
            cases.raise_case(
                kind=Case.Kind.PAYMENT_MISSED,
                key=f"{STRIPE}:{refund.refund_id}",
                detail=f"A refund became {refund.state} and no notice of it was carried out:"
                " the sweep did it. Look whether the webhook's address and secret are right.",
                at=at,
            )
    return missed


def _is_known(refund: Refund) -> bool:
    """Whether what it has become is in our tables."""
    own = Payout.objects.filter(refund_id=refund.refund_id)
    foreign = ForeignRefund.objects.filter(gateway=STRIPE, refund_id=refund.refund_id)
    if refund.state in _ENDED:
        own_state, foreign_state = _ENDED[refund.state]
        own, foreign = own.filter(state=own_state), foreign.filter(state=foreign_state)
    return own.exists() or foreign.exists()
