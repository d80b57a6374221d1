"""What some test cards bring after a payment succeeded: a dispute, an inquiry, a fraud warning."""

from collections.abc import Callable, Mapping

from smmpanel.fake_stripe import disputes, fraud_warnings
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.store import Body

FOLLOWERS: Mapping[str, Callable[[Account, Body], object]] = {
    "dispute": lambda account, charge: disputes.open_formal(account, charge, reason="fraudulent"),
    "inquiry": lambda account, charge: disputes.open_inquiry(account, charge, reason="fraudulent"),
    "warning": fraud_warnings.warn,
}


def follow(account: Account, charge: Body, follower: str) -> None:
    """Let it happen at once, as with the gateway's own test cards."""
    if follower:
        FOLLOWERS[follower](account, charge)
