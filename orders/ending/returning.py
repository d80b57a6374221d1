"""What the end of an order brings back: of its own charge, or of its plan's, which the sweep of
plans books afterwards. What a person may do alone is measured by it: docs/claims.md,
"Two people"."""

from __future__ import annotations

from legal.terms import policy_of
from orders import lifecycle
from orders.models import UNSENT, Order, Role, Status


def undelivered(order: Order) -> int:
    """Units of a run or post that will certainly not come: what its refund would be counted from
    if it had been charged for. A canceled one is lost as a whole unless its terms count what
    remains (`order.cancel_refund`, REF-04)."""
    return _undelivered(order, *_stands(order))


def partly_undelivered(order: Order) -> int:
    """What of that is missing from a run or post of which a part is there (REF-05, REF-06)."""
    return undelivered(order) if order.status == Status.PARTIAL else 0


def _left_to_come(plan: Order) -> int:
    """Units of a plan that come back by themselves if it ends now: none of its runs or posts has
    delivered them, nor may still."""
    sent = plan.children.exclude(status__in=UNSENT).order_by("run_number")[: plan.runs or 0]
    return plan.units - sum(child.units - _certain(child, *_stands(child)) for child in sent)


def lost_micros(order: Order) -> int:
    """What a run or post has lost of its plan's charge; 0 for an order that has its own."""
    return _share(order, *_stands(order))


def brought_back(*, order: Order, to: Status, remains: int | None, due_micros: int) -> int:
    """Micros that come back if a locked order ends so, whoever books them. `due_micros` is what is
    due of its own charge then."""
    if order.role == Role.DRIP_FEED:
        # An ended plan begins no further run.
        left_micros = lifecycle.refund_due(order=order, remains=_left_to_come(order))
        due_micros = max(due_micros, left_micros)
    of_plan = from_plan(order, _share(order, to, remains) - lost_micros(order))
    return max(0, due_micros - order.refunded_micros) + of_plan


def from_plan(order: Order, lost_micros: int) -> int:
    """What of a further loss its plan can still pay back."""
    return 0 if order.parent is None else max(0, min(lost_micros, order.parent.net_charge_micros))


def _share(order: Order, status: Status, remains: int | None) -> int:
    if order.parent is None or order.charge_micros:
        return 0
    return lifecycle.refund_due(order=order.parent, remains=_certain(order, status, remains))


def _stands(order: Order) -> tuple[Status, int | None]:
    return Status(order.status), order.remains


def _certain(order: Order, status: Status, remains: int | None) -> int:
    """What a plan pays back by itself: the rest of a part may be left to staff (`pay_back`)."""
    is_part = status == Status.PARTIAL
    if is_part and policy_of(order.publication_id).order_partial_refund == "manual":
        return 0
    return _undelivered(order, status, remains)


def _undelivered(order: Order, status: Status, remains: int | None) -> int:
    if status == Status.PARTIAL:
        return min(remains or 0, order.units)
    if status != Status.CANCELED:
        return 0
    is_counted = policy_of(order.publication_id).order_cancel_refund == "by_remains"
    if is_counted and order.external_id is not None and remains is not None:
        return min(remains, order.units)
    return order.units
