"""Which claims the terms of an order let its customer make: from when, until when, and why not.

The terms are the order's own publication, whatever is in force today. Sources: docs/claims.md; rows
DEL-04, DEL-05, DEL-06, REF-11, ORD-08, ORD-12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from legal.terms import policy_of
from orders.models import FINAL, UNSENT, Claim, Order, Role, Status, Subscription

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
    """By when the order has to start (DEL-04)."""
    return order.created_at + _nonstart_time(order)


def completion_deadline(order: Order) -> datetime:
    """By when it has to be done: as long after its last part was planned to begin (DEL-05)."""
    return _last_part_at(order) + _nonstart_time(order)


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
    """A claim about time runs from its deadline for the days of grace, any other from the purchase
    for the claim window. While a plan goes on, only its start can be claimed too late: its window
    begins at its end. Terms without a window set no end to either (REF-11)."""
    policy = policy_of(order.publication_id)
    opens_at = _opens_at(order, kind)
    window_days = policy.order_claim_window_days
    if window_days is None:
        return opens_at, None
    if kind == Kind.NOT_STARTED or (kind == Kind.NOT_DELIVERED and not _is_plan(order)):
        return opens_at, opens_at + timedelta(days=policy.order_claim_grace_days)
    counts_from = order.finished_at if _is_plan(order) else order.created_at
    return opens_at, counts_from and counts_from + timedelta(days=window_days)


def _opens_at(order: Order, kind: Claim.Kind) -> datetime:
    if kind == Kind.NOT_STARTED:
        return nonstart_deadline(order)
    return completion_deadline(order) if kind == Kind.NOT_DELIVERED else order.created_at


def _nonstart_time(order: Order) -> timedelta:
    return timedelta(days=policy_of(order.publication_id).order_nonstart_days)


def _is_plan(order: Order) -> bool:
    """Whether it is carried out bit by bit, by us or by its provider: a drip-feed that the provider
    runs is one order with runs."""
    return order.role == Role.SUBSCRIPTION or order.runs is not None


def _last_part_at(order: Order) -> datetime:
    """When the last part was planned to begin: at once for most; the last run of a drip-feed, the
    end of a subscription's last day if it has one."""
    if order.role == Role.SUBSCRIPTION:
        plan = Subscription.objects.filter(order=order, expires_on__isnull=False).first()
        last_on = plan and plan.expires_on
        return datetime.combine(last_on, time.max, tzinfo=UTC) if last_on else order.created_at
    pauses = (order.runs or 1) - 1
    return order.created_at + pauses * timedelta(minutes=order.interval_minutes or 0)


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
