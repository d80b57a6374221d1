"""What the page of an order says about money that is asked back by its customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orders.ending import marking
from orders.ending.claim_rules import Ground, grounds_of
from orders.followups import reasons
from orders.followups.offers import listed_offers
from orders.followups.reasons import Reason
from orders.models import Claim, Order
from orders.pages.claim_words import verdict_words
from orders.plans import drip_feeds

# A drip-feed that runs: begin no further run.
STOP_PLAN = "stop_plan"


@dataclass(frozen=True, slots=True)
class ToldClaim:
    """`answer` is why it ended so, empty for a plain yes and while it is open."""

    claim: Claim
    answer: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """`way` is how the order would be taken back; without one `reason` is why it cannot be."""

    way: str = ""
    reason: Reason | None = None

    @property
    def why_not(self) -> str:
        return reasons.sentence(self.reason) if self.reason else ""


@dataclass(frozen=True, slots=True)
class Claims:
    """`why_none` is the one reason for all kinds."""

    told: list[ToldClaim]
    grounds: list[Ground]
    withdrawal: Withdrawal
    mistake: str

    @property
    def is_open(self) -> bool:
        return any(one.is_open for one in self.grounds)

    @property
    def why_none(self) -> str:
        reasons = {one.why_not for one in self.grounds}
        return reasons.pop() if len(reasons) == 1 else ""

    @property
    def version(self) -> int:
        """Changes when the clock opens or closes something; what people do is an event."""
        return sum(one.is_open for one in self.grounds) + (10 if self.withdrawal.way else 0)


def read_claims(*, order: Order, at: datetime) -> Claims:
    return Claims(
        told=[_told(claim, at) for claim in order.claims.order_by("pk")],
        grounds=grounds_of(order=order, at=at),
        withdrawal=read_withdrawal(order=order, at=at),
        mistake=marking.user_error_reason(order),
    )


def read_withdrawal(*, order: Order, at: datetime) -> Withdrawal:
    """What the act itself will say: the rules of the button that cancels, and of a drip-feed that
    runs those of the one that begins no further run."""
    offer = listed_offers([order], at=at)[order.pk].cancel
    if offer.reason == Reason.RUNS_BEGUN and drip_feeds.may_stop(order=order):
        return Withdrawal(way=STOP_PLAN)
    return Withdrawal(way=offer.way or "", reason=offer.reason)


def _told(claim: Claim, at: datetime) -> ToldClaim:
    is_late = claim.state == Claim.State.OPEN and claim.due_at < at
    return ToldClaim(claim=claim, answer=verdict_words(claim.verdict), is_late=is_late)
