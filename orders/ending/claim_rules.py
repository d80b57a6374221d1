"""Which claims the terms of an order let its customer make: from when, until when, and why not.

The terms are the order's own publication, whatever is in force today. Sources: docs/claims.md; rows
DEL-04, DEL-05, DEL-06, REF-11, ORD-08, ORD-12; contradictions C-10 and C-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from legal.terms import policy_of
from orders.models import FINAL, UNSENT, Claim, Order, Status

Kind = Claim.Kind

# In a customer's order of asking; a claim for a part is opened by the panel alone (REF-06).
CLAIMABLE = (Kind.NOT_STARTED, Kind.NOT_DELIVERED, Kind.NOT_AS_DESCRIBED, Kind.TECHNICAL)
_ABOUT_TIME = (Kind.NOT_STARTED, Kind.NOT_DELIVERED)
_NOT_THERE_YET = (*UNSENT, Status.SUBMITTING, Status.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Ground:
    """One kind of claim about one order. `why_not` is for the customer, empty while it is open;
    `closes_at` is None where the terms set no end."""

    kind: Claim.Kind
    opens_at: datetime
    closes_at: datetime | None
    why_not: str = ""

    @property
    def is_open(self) -> bool:
        return not self.why_not


def has_started(order: Order) -> bool:
    """Whether anything of it was delivered or reported as being delivered (DEL-04)."""
    running = (*_NOT_THERE_YET, Status.PENDING)
    return order.started_at is not None or order.status not in running


def nonstart_deadline(order: Order) -> datetime:
    """By when the order has to start, and to be done (DEL-04, DEL-05)."""
    days = policy_of(order.publication_id).order_nonstart_days
    return order.created_at + timedelta(days=days)


def refusal(order: Order) -> str:
    """Why no claim at all is taken about this order, for its customer; empty if one may be."""
    if order.user_error_at is not None:
        return user_error_words()
    if order.charge_micros == 0:
        return _("This order has no charge of its own.")
    if order.net_charge_micros == 0:
        return _("The whole charge has come back already.")
    if order.claims.filter(state=Claim.State.OPEN).exists():
        return _("A claim about this order is being looked at.")
    return ""


def user_error_words() -> str:
    """The standing answer to claims about a customer's own mistake (ORD-08, ORD-12)."""
    return _(
        "The cause was the link or another detail of the order, which we cannot pay back. If the "
        "delivery itself ends early, that part still comes back by itself."
    )


def grounds_of(*, order: Order, at: datetime) -> list[Ground]:
    """Each kind of claim that a customer may make, open or with the reason why not."""
    why_none = refusal(order)
    decided = dict(order.claims.exclude(decided_at=None).values_list("kind", "decided_at"))
    return [_ground(order, kind, why_none, decided.get(kind), at) for kind in CLAIMABLE]


def _ground(
    order: Order, kind: Claim.Kind, why_none: str, decided_at: datetime | None, at: datetime
) -> Ground:
    opens_at, closes_at = _window(order, kind)
    why_not = why_none or _decided(decided_at) or _does_not_fit(order, kind)
    if not why_not and kind in _ABOUT_TIME and at < opens_at:
        why_not = _not_yet(kind) % {"when": said(opens_at)}
    if not why_not and closes_at is not None and at > closes_at:
        why_not = _("The time for this claim ended on %(when)s.") % {"when": said(closes_at)}
    return Ground(kind=kind, opens_at=opens_at, closes_at=closes_at, why_not=why_not)


def _window(order: Order, kind: Claim.Kind) -> tuple[datetime, datetime | None]:
    """A claim about time runs from the deadline for the days of grace, any other from the purchase
    for the claim window; terms without a window set no end to either (C-11)."""
    policy = policy_of(order.publication_id)
    window_days = policy.order_claim_window_days
    if kind in _ABOUT_TIME:
        opens_at = nonstart_deadline(order)
        grace = timedelta(days=policy.order_claim_grace_days)
        return opens_at, None if window_days is None else opens_at + grace
    if window_days is None:
        return order.created_at, None
    return order.created_at, order.created_at + timedelta(days=window_days)


def _decided(decided_at: datetime | None) -> str:
    if decided_at is None:
        return ""
    return _("This was decided on %(when)s.") % {"when": said(decided_at)}


def _does_not_fit(order: Order, kind: Claim.Kind) -> str:
    if kind == Kind.NOT_STARTED and has_started(order):
        return _("It has started.")
    if kind == Kind.NOT_DELIVERED and order.status in FINAL:
        return _("The delivery has ended.")
    if kind not in _ABOUT_TIME and order.status in _NOT_THERE_YET:
        return _("Nothing has been delivered yet.")
    return ""


def _not_yet(kind: Claim.Kind) -> str:
    if kind == Kind.NOT_STARTED:
        return _("You can claim this from %(when)s on, if it has not started by then.")
    return _("You can claim this from %(when)s on, if it is not done by then.")


def said(at: datetime) -> str:
    """A moment in a sentence, in the reader's zone: "21 Nov 2026, 18:00 UTC"."""
    return date_format(timezone.localtime(at), "j M Y, H:i T")
