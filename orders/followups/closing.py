"""The end of a request: its state, a line in the order's story, and one mail to who asked."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts import mail
from orders import lifecycle
from orders.followups.reasons import STATES, End, sentence
from orders.models import FollowUp, Order, OrderEvent

State = FollowUp.State


def tell(*, follow_up: FollowUp, order: Order, at: datetime, actor_id: int | None = None) -> None:
    """A line in the story of a locked order: what was asked for, and how that stands now. What the
    panel asks by itself is for staff alone."""
    detail = {"follow_up": follow_up.kind, "state": follow_up.state, "reason": follow_up.reason}
    if follow_up.asked_by_id is None:
        detail["by_itself"] = "yes"
    lifecycle.record(
        order=order,
        kind=OrderEvent.Kind.FOLLOW_UP,
        detail={name: value for name, value in detail.items() if value},
        at=at,
        actor_id=actor_id,
    )


def close(
    *,
    follow_up: FollowUp,
    order: Order,
    to: FollowUp.State,
    end: End,
    at: datetime,
    decided_by_id: int | None = None,
) -> None:
    """Ends a locked request of a locked order. No money moves: that follows the order's reports."""
    follow_up.state = to
    follow_up.reason = end
    follow_up.ended_at = at
    follow_up.lease_until = None
    follow_up.next_poll_at = None
    follow_up.decided_by_id = decided_by_id
    follow_up.save()
    tell(follow_up=follow_up, order=order, at=at, actor_id=decided_by_id)
    _mail(follow_up, order, at=at)


def _mail(follow_up: FollowUp, order: Order, *, at: datetime) -> None:
    """Programs ask by `refill_status` and `status`; people get a mail."""
    if follow_up.asked_by_id is None or order.channel == Order.Channel.API:
        return
    mail.enqueue(
        key=f"follow-up:{follow_up.pk}:ended",
        recipient=order.customer.email,
        template="follow_up_ended",
        context={
            "number": order.pk,
            "service": order.snapshot.get("name", ""),
            "request": follow_up.get_kind_display(),
            "state": STATES[follow_up.state],
            "reason": sentence(follow_up.reason) or _("It has ended."),
            "link": order.get_absolute_url(),
        },
        at=at,
    )
