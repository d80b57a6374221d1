"""What was asked for after an order and what can be, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from orders.ending.canceling import Way
from orders.followups import offers as rules
from orders.followups import reasons
from orders.followups.offers import Offer, Offers
from orders.models import FollowUp, Order
from orders.pages.followup_words import days_left

Kind = FollowUp.Kind
# A reason that only says that this order has no such thing is no news on its page.
_UNSPOKEN = (
    reasons.Reason.ENDED,
    reasons.Reason.NOT_BEGUN,
    reasons.Reason.OPEN,
    reasons.Reason.IN_PLAN,
    reasons.Reason.RUNS_BEGUN,
)


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to ask for: a link while it is on, else the reason; `is_request` tells that a
    cancel is not done by asking, `days` are left of a refill, `again_at` is when one may ask."""

    kind: str
    is_on: bool
    url: str
    why_off: str = ""
    is_request: bool = False
    days: int | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its clock: when an answer is due while it is open, when it ended after."""

    follow_up: FollowUp
    state: str
    why: str
    is_open: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class FollowUps:
    cancel: Button
    refill: Button
    speed_up: Button
    requests: list[Request]

    @property
    def is_open(self) -> bool:
        return any(request.is_open for request in self.requests)

    @property
    def is_worth_a_card(self) -> bool:
        buttons = (self.cancel, self.refill, self.speed_up)
        return bool(self.requests) or any(one.is_on or one.why_off for one in buttons)

    @property
    def version(self) -> int:
        """Changes with every button; what becomes of requests is in the order's story."""
        buttons = (self.cancel, self.refill, self.speed_up)
        return sum(one.is_on << place for place, one in enumerate(buttons))


def read_follow_ups(*, order: Order, at: datetime) -> FollowUps:
    offers = rules.offers_of(order, at=at)
    return FollowUps(
        cancel=_button(order, offers.cancel, "orders:order_cancel", at=at),
        refill=_button(order, offers.refill, "orders:order_refill", at=at),
        speed_up=_button(order, offers.speed_up, "orders:order_speed_up", at=at),
        requests=_requests(offers, at=at),
    )


def _button(order: Order, offer: Offer, name: str, *, at: datetime) -> Button:
    unspoken = offer.reason is None or offer.reason in _UNSPOKEN
    return Button(
        kind=offer.kind,
        is_on=offer.is_on,
        url=reverse(name, args=[order.pk]),
        why_off="" if unspoken else reasons.sentence(offer.reason or ""),
        is_request=offer.way in (Way.BY_OUTCOME, Way.REQUEST),
        days=days_left(offer, at=at),
        again_at=offer.again_at,
    )


def _requests(offers: Offers, *, at: datetime) -> list[Request]:
    """Those of the customer's own, newest first; the panel's are no matter of his."""
    return [
        Request(
            follow_up=one,
            state=str(reasons.STATES[one.state]),
            why=reasons.sentence(one.reason),
            is_open=one.state in FollowUp.OPEN,
            is_late=one.state in FollowUp.OPEN and one.due_at < at,
        )
        for one in offers.requests
        if one.asked_by_id is not None
    ]
