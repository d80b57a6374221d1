"""What the gateway tells of disputes and early fraud warnings: the object is read anew, and its
payment first, so that a dispute that overtakes its own payment finds the top-up.

A dispute of which nobody told is found by a look at the gateway's list. Source: docs/disputes.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts import cases
from accounts.models import Case
from wallet.disputes import following as disputes
from wallet.disputes import warnings
from wallet.gateways.stripe import disputes as stripe_disputes
from wallet.gateways.stripe import listings, payments
from wallet.gateways.stripe.client import CODE as STRIPE
from wallet.models import Deposit, Dispute
from wallet.topups import crediting

# How far back the gateway's list is read, and how long a notification may take.
WINDOW = timedelta(hours=72)
GRACE = timedelta(minutes=10)


def follow_dispute(dispute_id: str, at: datetime) -> None:
    """Raises GatewayUnavailable, GatewayRefused."""
    report = stripe_disputes.read_dispute(dispute_id)
    _credit(report.payment_id, at=at)
    disputes.apply(report, gateway=STRIPE, at=at)


def follow_warning(warning_id: str, at: datetime) -> None:
    """Raises GatewayUnavailable, GatewayRefused."""
    report = stripe_disputes.read_warning(warning_id)
    _credit(report.payment_id, at=at)
    warnings.apply(report, gateway=STRIPE, at=at)


def apply_missed(*, at: datetime) -> int:
    """Applies disputes that no notification told of, with a case about that, and looks up those
    that are not settled; returns how many were missed.

    Raises GatewayUnavailable, GatewayRefused.
    """
    missed = 0
    for dispute_id in listings.dispute_ids(since=at - WINDOW, until=at - GRACE):
        if not _is_known(dispute_id):
            missed += 1
            follow_dispute(dispute_id, at)
            _alarm(dispute_id, at=at)
    for dispute in Dispute.objects.unsettled().filter(gateway=STRIPE).order_by("pk"):
        follow_dispute(dispute.dispute_id, at)
    return missed


def _is_known(dispute_id: str) -> bool:
    key = disputes.strange_key(gateway=STRIPE, dispute_id=dispute_id)
    stored = Dispute.objects.filter(gateway=STRIPE, dispute_id=dispute_id)
    strange = Case.objects.filter(kind=Case.Kind.DISPUTE, key=key)
    return stored.exists() or strange.exists()


def _alarm(dispute_id: str, *, at: datetime) -> None:
    cases.raise_case(
        kind=Case.Kind.PAYMENT_MISSED,
        key=f"{STRIPE}:{dispute_id}",
        detail=f"{dispute_id} was opened, and no notice of it was carried out: the sweep did it."
        " Look whether the webhook's address and signing secret are right.",
        at=at,
    )


def _credit(payment_id: str, *, at: datetime) -> None:
    is_credited = Deposit.objects.filter(gateway=STRIPE, payment_id=payment_id, state="paid")
    if payment_id and not is_credited.exists():
        crediting.apply(payments.read_intent(payment_id), gateway=STRIPE, at=at)
