"""Each status in one sentence, and what comes next: no status word stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.expecting import is_late, window_of
from orders.models import Claim, Order, Status
from services.listing import window_words

Words = str | Promise

SENTENCES: Mapping[Status, tuple[Words, Words]] = {
    Status.HELD: (
        _("Our staff look at this order before it is sent."),
        _("You need not do anything. If we cannot take it, the whole charge comes back."),
    ),
    Status.QUEUED: (
        _("The order is paid and waits to be sent for delivery."),
        _("It is sent by itself. Keep the link public and do not change it."),
    ),
    Status.SUBMITTING: (
        _("The order is just being sent for delivery."),
        _("This takes seconds. Keep the link public and do not change it."),
    ),
    Status.UNCERTAIN: (
        _("We sent the order, but the confirmation got lost on the way."),
        _(
            "We find out whether it arrived, and send it again only if it surely did not. It is "
            "either delivered, or the whole charge comes back."
        ),
    ),
    Status.PENDING: (
        _("The order was accepted for delivery and has not started yet."),
        _("It starts by itself. Keep the link public and do not change it."),
    ),
    Status.IN_PROGRESS: (
        _("The order is being delivered."),
        _("Keep the link public and do not order the same for it elsewhere: nobody could count."),
    ),
    Status.PROCESSING: (
        _("The order is being worked on."),
        _("Keep the link public and do not order the same for it elsewhere: nobody could count."),
    ),
    Status.COMPLETED: (
        _("The order was delivered in full."),
        _("If the numbers do not look right, ask support about this order."),
    ),
    Status.PARTIAL: (
        _("Only a part could be delivered. What was not delivered has been paid back."),
        _("The money is in your balance. You can order the rest again, or another service."),
    ),
    Status.CANCELED: (
        _("The order was canceled."),
        _("What came back is in your balance. Check the link before you order again."),
    ),
}

_LATE: tuple[Words, Words] = (
    _("The order is late: it takes more than three times as long as this service usually does."),
    _("Our staff see it in their list already. What is not delivered in the end is paid back."),
)
_LATE_BY_TERMS = _("The order is late: its terms say that it is delivered %(hours)s.")
_UNDECIDED: tuple[Words, Words] = (
    _("Only a part could be delivered."),
    _("Our staff decide about what was not delivered. You need not do anything."),
)
_GIVEN_UP: tuple[Words, Words] = (
    _("You had the order stopped after its start. It was sold without a refund from then on."),
    _("You can order the rest again, or another service."),
)
_PART_KEPT: tuple[Words, Words] = (
    _("Only a part could be delivered."),
    _("You can order the rest again, or another service."),
)


def explain(*, order: Order, at: datetime) -> tuple[Words, Words]:
    """The sentence for where the order is now, and what comes next."""
    if is_late(order=order, at=at):
        window = window_of(order)
        return (
            _LATE
            if window is None
            else (_LATE_BY_TERMS % {"hours": window_words(window)}, _LATE[1])
        )
    if order.was_cut_short and not order.refunded_micros and _is_given_up(order):
        return _GIVEN_UP
    if order.status == Status.PARTIAL and not order.refunded_micros:
        asked = order.claims.filter(kind=Claim.Kind.PARTIAL).order_by("-pk").first()
        if asked is not None:
            return _UNDECIDED if asked.state == Claim.State.OPEN else _PART_KEPT
    return SENTENCES[Status(order.status)]


def _is_given_up(order: Order) -> bool:
    return order.follow_ups.giving_up_refund().exists()
