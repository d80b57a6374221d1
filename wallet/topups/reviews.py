"""Payments that the gateway asks a person to look at: a case while it is open, and nothing else.

The money is not held back by it: whoever looks at the case can suspend the customer. Source:
docs/payments.md, "Events"; row FRD-06 for the warnings that do hold money.
"""

from __future__ import annotations

from datetime import datetime

from accounts import cases
from accounts.models import Case
from wallet.gateways.base import Review
from wallet.models import Deposit


def apply(review: Review, *, gateway: str, at: datetime) -> None:
    """Opens a case for an open review and closes it with it; a repeat changes nothing."""
    key = f"{gateway}:{review.review_id}"
    if not review.is_open:
        resolution = f"closed at the gateway: {review.reason}"
        cases.resolve_case(kind=Case.Kind.FRAUD_WARNING, key=key, resolution=resolution, at=at)
        return
    deposit = Deposit.objects.filter(gateway=gateway, payment_id=review.payment_id).first()
    cases.raise_case(
        kind=Case.Kind.FRAUD_WARNING,
        key=key,
        detail=f"Payment {review.payment_id} ({deposit or 'of no top-up'}) should be looked at:"
        " approve or refuse it at the gateway, which closes this case.",
        at=at,
    )
