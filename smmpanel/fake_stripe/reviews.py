"""Reviews: the merchant's own rules ask that a person looks at a payment."""

from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.route import reading
from smmpanel.fake_stripe.store import Body

KIND = "review"
REASONS = ("approved", "canceled", "disputed", "redacted", "refunded", "refunded_as_fraud")


def ask(account: Account, charge: Body) -> Body:
    """Somebody should look at this payment."""
    review = account.create(
        KIND,
        {
            "charge": charge["id"],
            "closed_reason": None,
            "open": True,
            "opened_reason": "rule",
            "payment_intent": charge["payment_intent"],
            "reason": "rule",
        },
    )
    account.emit("review.opened", review)
    return review


def close(account: Account, name: str, *, reason: str) -> Body:
    """Somebody has looked. Raises Refused for one that is closed."""
    review = account.get(KIND, name)
    if not review["open"] or reason not in REASONS:
        raise Refused(f"This review is closed, or {reason} is no reason.")
    before = account.change(review, open=False, reason=reason, closed_reason=reason)
    account.emit("review.closed", review, previous=before)
    return review


ROUTES = reading(KIND, "/v1/reviews")
