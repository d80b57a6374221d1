"""What a plan did, in the words of its order's story."""

from __future__ import annotations

from django.utils.translation import gettext as _

from orders.models import OrderEvent
from wallet.money import display


def plan_words(event: OrderEvent) -> str:
    """The line of an event of a plan; "" for what only staff need to know."""
    match event.detail.get("reason"):
        case "plan_stopped":
            return _("Stopped: no further run begins")
        case "subscription_paused":
            amount = display(int(event.detail.get("amount_micros") or 0))
            return _("Paused: the next post costs %(amount)s, which was not there") % {
                "amount": amount
            }
    return ""


def child_words(detail: dict[str, object]) -> str:
    """How a run or post came to be; "" for an order that somebody placed."""
    if "of" not in detail:
        return ""
    facts = {"number": detail.get("number"), "id": detail.get("of")}
    if detail.get("role") == "post":
        return _("Made for post %(number)s of subscription %(id)s") % facts
    return _("Begun as run %(number)s of drip-feed %(id)s") % facts
