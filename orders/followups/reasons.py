"""Why something cannot be asked for, and why a request ended as it did: codes that are stored, and
what customers read for them. Nothing here names a provider (DEL-01)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import FollowUp

Words = str | Promise


class Reason(StrEnum):
    """Why the button is off."""

    NOT_OFFERED = "not_offered"
    NOT_COMPLETED = "not_completed"
    CUT_SHORT = "cut_short"
    WINDOW_OVER = "window_over"
    OPEN = "open"
    COOLING_DOWN = "cooling_down"
    FELL_BELOW_START = "fell_below_start"
    ORDERED_AGAIN = "ordered_again"
    TERMS = "terms"
    CANNOT_STOP = "cannot_stop"
    ASKED_BEFORE = "asked_before"
    IN_PLAN = "in_plan"
    RUNS_BEGUN = "runs_begun"
    BY_RUN = "by_run"
    NOT_BEGUN = "not_begun"
    ENDED = "ended"


class End(StrEnum):
    """Why a request is over."""

    TAKEN_BACK = "taken_back"
    CANCELED = "order_canceled"
    PARTIAL = "order_partial"
    WITHOUT_REFUND = "order_stopped_without_refund"
    COMPLETED = "order_completed"
    SETTLED = "order_settled"
    DELIVERED = "order_delivered"
    TOO_LATE = "too_late"
    REFILLED = "refilled"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    # What staff choose from.
    CARRIED_OUT = "carried_out"
    NOT_DROPPED = "not_dropped"
    NOT_PUBLIC = "not_public"
    NOT_POSSIBLE = "not_possible"


SENTENCES: Mapping[str, Words] = {
    Reason.NOT_OFFERED: _("This service was sold without refill."),
    Reason.NOT_COMPLETED: _("Possible once the order is completed."),
    Reason.CUT_SHORT: _("An order that ended early has no refill: what was missing was paid back."),
    Reason.WINDOW_OVER: _("The refill time of this order is over."),
    Reason.OPEN: _("You have asked for it already; the answer appears here."),
    Reason.COOLING_DOWN: _("The last request is not long ago. Wait a little before the next."),
    Reason.FELL_BELOW_START: _(
        "The newest count is below the one at the start: more was lost than this order brought."
    ),
    Reason.ORDERED_AGAIN: _("A later order for the same link is running: nobody could count."),
    Reason.TERMS: _("The terms of this order do not let it be canceled any more."),
    Reason.CANNOT_STOP: _("This service cannot be stopped once it has been sent."),
    Reason.ASKED_BEFORE: _("It was asked for once, and the order could not be stopped."),
    Reason.IN_PLAN: _("It is part of a plan, which is canceled as a whole."),
    Reason.BY_RUN: _("It is delivered run by run: ask for it on the page of the run."),
    Reason.RUNS_BEGUN: _(
        "Its runs have begun, and none is left that its terms let you keep from beginning."
    ),
    Reason.NOT_BEGUN: _("Possible once the order was accepted for delivery."),
    Reason.ENDED: _("The order has ended."),
    End.TAKEN_BACK: _("It had not arrived, so the order was canceled and the charge came back."),
    End.CANCELED: _("The order was stopped. What came back is in your balance."),
    End.PARTIAL: _("The order was stopped. What was not delivered came back to your balance."),
    End.WITHOUT_REFUND: _(
        "The order was stopped. It had begun, and was sold without a refund from then on."
    ),
    End.COMPLETED: _("It was too late: the order had been delivered in full."),
    End.SETTLED: _("The order is over. You had your money back before."),
    End.DELIVERED: _("The order has been delivered in full."),
    End.TOO_LATE: _("It was too late: the order had been accepted and cannot be stopped."),
    End.REFILLED: _("What was missing was delivered again."),
    End.REFUSED: _("It could not be accepted."),
    End.NO_ANSWER: _("No answer came in time. The order goes on as it was."),
    End.CARRIED_OUT: _("It was carried out."),
    End.NOT_DROPPED: _("The count has not dropped below what was ordered."),
    End.NOT_PUBLIC: _("The link was private or gone when we looked."),
    End.NOT_POSSIBLE: _("It could not be done for this order."),
}

STATES: Mapping[str, Words] = {
    FollowUp.State.ASKED: _("Asked for"),
    FollowUp.State.SENDING: _("Being passed on"),
    FollowUp.State.SENT: _("Passed on, waits for the answer"),
    FollowUp.State.UNCERTAIN: _("Being confirmed"),
    FollowUp.State.DONE: _("Done"),
    FollowUp.State.DECLINED: _("Declined"),
    FollowUp.State.EXPIRED: _("Not carried out in time"),
}


def sentence(code: str) -> str:
    """What customers read for a stored code; "" for what is for staff alone."""
    return str(SENTENCES.get(code, ""))
