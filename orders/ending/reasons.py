"""Why money came back, in plain words for the customer: never a provider's (DEL-01, ORD-03)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderEvent, Role, Status

Words = str | Promise

# The codes that the rooms of orders leave with a cancellation of what was paid for.
_CANCELED: Mapping[str, Words] = {
    "refused": _("The order could not be accepted for delivery."),
    "customer": _("You took the order back."),
    "withdrawn": _("You withdrew from the order."),
    "claim": _("Your claim was approved."),
    "nonstart": _("The order did not start in time."),
    "not_started": _("The order did not start."),
    "unavailable": _("The service is not available any more."),
    "system_error": _("The order was placed through an error of our system."),
    "payment_reversed": _("A payment was reversed."),
    "screening_refused": _("Our staff looked at the order and did not take it."),
}
_CLAIM = _("Your claim was approved.")
_PARTIAL = _("The order ended before all of it was delivered.")
_LATER = _("Less was delivered than was reported before.")
# A plan pays back while it goes on, and what a run or post ends with is no step of the plan's own.
_OF_PLANS: Mapping[str, Words] = {
    Role.DRIP_FEED: _("A run ended before all of it was delivered."),
    Role.SUBSCRIPTION: _("Less was delivered for its posts than was paid for."),
}
_STOPPED = _("You stopped it: no further run begins.")
_CANCELED_BEFORE_THE_END = _("The order was canceled before all of it was delivered.")
_GIVEN_UP = _("It could not be confirmed that the order arrived, so it was given up.")

_IS_CLAIM = Q(kind=OrderEvent.Kind.CLAIM)
_IS_EARLY_END = Q(
    kind=OrderEvent.Kind.STATUS, detail__to__in=(Status.PARTIAL.value, Status.CANCELED.value)
)


def refund_reason(order: Order, posting: OrderEvent) -> Words:
    """Why this posting of a refund was made: read from the step of the story that it follows.

    One transaction writes a step and its refund with one time; a later refund corrects it.
    """
    steps = order.events.filter(pk__lt=posting.pk, at=posting.at)
    stop = steps.filter(kind=OrderEvent.Kind.PLAN, detail__reason="plan_stopped")
    if stop.filter(actor=order.customer_id).exists():
        return _STOPPED
    last = steps.filter(_IS_CLAIM | _IS_EARLY_END).order_by("-pk").first()
    if last is not None and last.kind == OrderEvent.Kind.STATUS:
        return _of_status(order, last)
    if last is not None and last.detail.get("state") == "approved":
        return _CLAIM
    return _OF_PLANS.get(order.role, _LATER)


def _of_status(order: Order, step: OrderEvent) -> Words:
    if step.detail.get("to") != Status.CANCELED:
        return _PARTIAL
    reason = _CANCELED.get(str(step.detail.get("reason", "")))
    if reason is not None:
        return reason
    if step.actor_id is not None and step.actor_id == order.customer_id:
        return _CANCELED["customer"]
    is_doubt = step.detail.get("from") == Status.UNCERTAIN
    return _GIVEN_UP if is_doubt else _CANCELED_BEFORE_THE_END
