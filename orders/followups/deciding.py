"""Staff carry out or decline what customers ask for: manual providers, speed-ups, and calls whose
outcome nobody knows. A cancel is never called done by hand: only the order's own end does that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from orders.followups.closing import close
from orders.followups.reasons import End
from orders.models import FollowUp, Order

DECIDING = "orders.decide_followup"
SHORTEST_NOTE, LONGEST_NOTE = 10, 200
Kind, State = FollowUp.Kind, FollowUp.State

# What staff may choose for each kind; the first means that it was carried out.
ENDS = {
    Kind.REFILL: (End.CARRIED_OUT, End.NOT_DROPPED, End.NOT_PUBLIC, End.NOT_POSSIBLE),
    Kind.SPEED_UP: (End.CARRIED_OUT, End.NOT_POSSIBLE),
    Kind.CANCEL: (End.NOT_POSSIBLE,),
}


class CannotDecide(Exception):
    """Nothing was changed; `message` tells staff why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decides about which request, and what for; the note is logged, never shown to customers.
    Raises ValueError for a note that says nothing."""

    follow_up_id: int
    actor: User
    note: str
    at: datetime
    ip: str | None = None

    def __post_init__(self) -> None:
        if not SHORTEST_NOTE <= len(self.note.strip()) <= LONGEST_NOTE:
            raise ValueError(f"a note has {SHORTEST_NOTE} to {LONGEST_NOTE} characters")


def decide(*, decision: Decision, end: End) -> None:
    """Ends an open request. Raises CannotDecide; ValueError for an end that its kind cannot
    have."""
    with transaction.atomic():
        order, follow_up = _hold(decision)
        if end not in ENDS[Kind(follow_up.kind)]:
            raise ValueError(f"a {follow_up.kind} does not end as {end}")
        before = follow_up.state
        to = State.DONE if end == End.CARRIED_OUT else State.DECLINED
        close(
            follow_up=follow_up,
            order=order,
            to=to,
            end=end,
            at=decision.at,
            decided_by_id=decision.actor.pk,
        )
        _log(decision, order, follow_up, act="decide request", before=before)


def send(*, decision: Decision) -> None:
    """Lets a request be passed on by a call after all, or again: only where provably nothing has
    been sent. Raises CannotDecide."""
    try:
        with transaction.atomic():
            order, follow_up = _hold(decision)
            _check_sendable(order, follow_up)
            follow_up.provider_id = order.provider_id
            follow_up.not_before = None
            if follow_up.kind == Kind.CANCEL and follow_up.external_id is None:
                follow_up.external_id = order.external_id
            follow_up.save(update_fields=["provider", "not_before", "external_id"])
            _log(decision, order, follow_up, act="send request", before=State.ASKED)
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        raise CannotDecide(_("This order was called back before.")) from error


def may_send(*, order: Order, follow_up: FollowUp) -> bool:
    """Whether a call can carry it out, and provably none has been made."""
    is_ours_to_send = follow_up.state == State.ASKED and follow_up.kind != Kind.SPEED_UP
    return is_ours_to_send and order.external_id is not None


def _check_sendable(order: Order, follow_up: FollowUp) -> None:
    if not may_send(order=order, follow_up=follow_up):
        raise CannotDecide(_("Only what was provably not sent can be sent."))


def _hold(decision: Decision) -> tuple[Order, FollowUp]:
    """Locks the order, then the request; of many who decide at once one gets both."""
    order = Order.objects.select_for_update().get(follow_ups=decision.follow_up_id)
    follow_up = FollowUp.objects.select_for_update().get(pk=decision.follow_up_id)
    if order.customer_id == decision.actor.pk:
        raise CannotDecide(_("This is your own order: colleagues look after it."))
    if follow_up.state not in FollowUp.OPEN:
        raise CannotDecide(_("Nothing was changed: this request has ended."))
    if follow_up.state == State.SENDING:
        raise CannotDecide(_("It is just being sent. Look again in a minute."))
    return order, follow_up


def _log(decision: Decision, order: Order, follow_up: FollowUp, *, act: str, before: str) -> None:
    log_act(
        actor=decision.actor,
        act=act,
        target=order.reference,
        reason=decision.note,
        changes={
            "request": follow_up.pk,
            "kind": follow_up.kind,
            "state": [before, follow_up.state],
            "end": follow_up.reason,
        },
        ip=decision.ip,
    )
