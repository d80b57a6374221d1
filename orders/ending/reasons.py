"""Why money came back, in plain words for the customer: never a provider's (DEL-01, ORD-03)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderEvent, Status

Words = str | Promise

# The codes that orders.sending, orders.ending and orders.followups leave with a cancellation.
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
}
_CLAIM = _("Your claim was approved.")
_PARTIAL = _("The order ended before all of it was delivered.")
_LATER = _("Less was delivered than was reported before.")
_CANCELED_BEFORE_THE_END = _("The order was canceled before all of it was delivered.")
_GIVEN_UP = _("It could not be confirmed that the order arrived, so it was given up.")


def refund_reason(order: Order, posting: OrderEvent) -> Words:
    """Why this posting of a refund was made: read from the step of the story that it follows."""
    steps = order.events.filter(pk__lt=posting.pk)
    steps = steps.filter(kind__in=(OrderEvent.Kind.STATUS, OrderEvent.Kind.CLAIM))
    last = steps.order_by("-pk").first()
    if last is None:
        return _LATER
    if last.kind == OrderEvent.Kind.CLAIM:
        return _CLAIM if last.detail.get("state") == "approved" else _LATER
    # One transaction writes a step and its refund with one time; a later refund corrects it.
    return _of_status(order, last) if last.at == posting.at else _LATER


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
