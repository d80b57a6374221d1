"""Orders behind a payment that its bank has reversed, or warns of. Nobody calls this when it
happens: a dispute or a warning is a committed fact, and the sweep acts on it (CHB-02, FRD-06).

An order that no provider has is canceled or held under its row's lock, which the worker that
forwards it takes, too: what goes out is not refunded, and what is refunded does not go out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from accounts import sweeps
from legal.terms import policy_of
from orders import lifecycle
from orders.models import RUNNING, UNSENT, Order, OrderEvent, OrderQuerySet, Status
from wallet import ledger
from wallet.lots.funding import funded_by
from wallet.lots.reading import read_holdings
from wallet.models import Dispute, FraudWarning

REVERSED = "payment_reversed"
WARNED = "payment_warned"
CLEARED = "payment_cleared"

# An order that was placed before the reversal is canceled or gone long before this is over.
FOLLOWED_FOR = timedelta(days=30)


def cancel_reversed(*, at: datetime) -> int:
    """Cancels what customers with a reversed payment have ordered and nobody has sent; returns how
    many orders. The charge goes back to the balance, where it pays what is owed."""
    numbers = [
        order.pk
        for dispute in _reversed(at=at)
        for order in _concerned(dispute).filter(status__in=UNSENT)
    ]
    return sweeps.each("order", dict.fromkeys(numbers), lambda one: _cancel(one, at=at))


def sent_where_all_end(*, at: datetime) -> list[tuple[Dispute, list[Order]]]:
    """Where the terms cancel all orders (`chargeback.cancel_orders`): each dispute with the orders
    that nobody here can end any more. `orders.followups` calls them back."""
    return [
        (dispute, list(_concerned(dispute).filter(status__in=set(RUNNING) - set(UNSENT))))
        for dispute in _reversed(at=at)
        if policy_of(dispute.deposit.publication_id).chargeback_cancel_orders == "all"
    ]


def ordered_before(*, at: datetime) -> list[tuple[Dispute, OrderQuerySet]]:
    """Each reversed payment with what its customer had ordered: `orders.plans` ends what of that
    would go on by itself."""
    return [(dispute, _concerned(dispute)) for dispute in _reversed(at=at)]


def hold_warned(*, at: datetime) -> int:
    """Holds queued orders that a warned top-up paid for; returns of how many customers."""
    warned = _warned_roots()
    return sweeps.each("user", warned, lambda one: _hold(one, warned[one], at=at))


def free_cleared(*, at: datetime) -> int:
    """Queues again what was held for a warning that is over; returns how many orders."""
    warned = _warned_roots()
    waiting = Order.objects.filter(status=Status.HELD).select_related("parent")
    held = {order.pk: order for order in waiting}
    return sweeps.each("order", held, lambda one: _free(held[one], warned, at=at))


def _reversed(*, at: datetime) -> list[Dispute]:
    recent = Dispute.objects.reversed().filter(formal_at__gt=at - FOLLOWED_FOR)
    return list(recent.select_related("deposit__customer").order_by("pk"))


def _concerned(dispute: Dispute) -> OrderQuerySet:
    """What the customer had ordered when the payment was reversed. He may order anew once staff
    let him in again; until then there is only what crossed the suspension's way."""
    customer = dispute.deposit.customer
    mine = Order.objects.visible_to(customer.pk).order_by("pk")
    if dispute.state == Dispute.State.FORMAL and not customer.is_active:
        return mine
    return mine.filter(created_at__lte=dispute.formal_at)


def _cancel(order_id: int, *, at: datetime) -> bool:
    with transaction.atomic():
        order = _locked(order_id)
        if order.status not in UNSENT:
            return False
        lifecycle.cancel_in_full(order=order, at=at, reason=REVERSED)
        ledger.settle_debt(customer_id=order.customer_id, at=at)
    return True


def _hold(customer_id: int, roots: set[str], *, at: datetime) -> bool:
    queued = Order.objects.visible_to(customer_id).filter(status=Status.QUEUED)
    queued = queued.select_related("parent")
    if not queued.exists():
        return False
    paid_for = _paid_for(customer_id, roots)
    concerned = [order for order in queued if _paying(order).reference in paid_for]
    held = [
        _advance(order, frm=Status.QUEUED, to=Status.HELD, reason=WARNED, at=at)
        for order in concerned
    ]
    return any(held)


def _free(order: Order, warned: Mapping[int, set[str]], *, at: datetime) -> bool:
    if _why_held(order) != WARNED:
        return False
    roots = warned.get(order.customer_id, set())
    if roots and _paying(order).reference in _paid_for(order.customer_id, roots):
        return False
    return _advance(order, frm=Status.HELD, to=Status.QUEUED, reason=CLEARED, at=at)


def _advance(order: Order, *, frm: Status, to: Status, reason: str, at: datetime) -> bool:
    with transaction.atomic():
        current = _locked(order.pk)
        if current.status != frm:
            return False
        lifecycle.advance(order=current, to=to, at=at, reason=reason)
    return True


def _locked(order_id: int) -> Order:
    return Order.objects.select_for_update().get(pk=order_id)


def _warned_roots() -> dict[int, set[str]]:
    """The top-ups under an open warning, by customer."""
    roots: dict[int, set[str]] = defaultdict(set)
    for warning in FraudWarning.objects.open().select_related("deposit"):
        roots[warning.deposit.customer_id].add(warning.deposit.reference)
    return roots


def _paid_for(customer_id: int, roots: set[str]) -> set[str]:
    holdings = read_holdings(customer_id=customer_id)
    return {reference for root in roots for reference in funded_by(holdings, root)}


def _paying(order: Order) -> Order:
    """Whose charge pays for it: of a run, its plan's."""
    return order.parent if order.parent is not None and not order.charge_micros else order


def _why_held(order: Order) -> str:
    last = order.events.filter(kind=OrderEvent.Kind.STATUS).order_by("-pk").first()
    return str(last.detail.get("reason", "")) if last else ""
