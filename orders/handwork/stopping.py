"""Staff have an order stopped: whoever carries it out is asked once, in the panel's own name.

No money moves by asking; the order's own reports say what comes back (DEL-03).
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from orders.ending import proposals
from orders.ending.proposals import Actor, Refused
from orders.followups import asking
from orders.models import ACCEPTED, FollowUp, Order


def may_be_asked(order: Order) -> bool:
    """Whether somebody has it who can be asked, as far as the order's own row says."""
    return order.status in ACCEPTED and order.external_id is not None


def ask_to_stop(*, order_id: int, reason: str, actor: Actor) -> FollowUp:
    """Asks, once in an order's life. Raises Refused, Order.DoesNotExist."""
    with transaction.atomic():
        rows = Order.objects.select_related("offer__provider")
        order = rows.select_for_update(of=("self",)).get(pk=order_id)
        proposals.check_actor(order, actor)
        if not may_be_asked(order):
            raise Refused(_("Nobody has it who could be asked: cancel it, or wait."))
        asked = order.follow_ups.filter(kind=FollowUp.Kind.CANCEL, external_id=order.external_id)
        if asked.exists() or order.follow_ups.open().filter(kind=FollowUp.Kind.CANCEL).exists():
            raise Refused(_("It was asked for before."))
        follow_up = asking.call_back(order=order, at=actor.at)
        changes = {"request": follow_up.pk}
        proposals.log(order, actor, act="ask to stop order", reason=reason, changes=changes)
    return follow_up
