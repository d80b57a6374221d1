"""Payments that a rule of the merchant's at Stripe asks a person to look at."""

from __future__ import annotations

from wallet.gateways.base import Review
from wallet.gateways.stripe.client import api, gateway_errors, id_of


def read_review(review_id: str) -> Review:
    """A review as it stands now."""
    with gateway_errors():
        review = api().reviews.retrieve(review_id)
    return Review(
        review_id=review.id,
        is_open=review.open,
        payment_id=id_of(review.payment_intent),
        reason=review.reason,
    )
