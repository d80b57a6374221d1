"""The life of an order as data, and the only writer of its status and of its refunds.

Callers hold the order's row (`SELECT ... FOR UPDATE`) and a transaction. Money is booked through
`wallet.ledger` in the same transaction, so that status and books can never disagree.
Sources: docs/following.md ("What a report does"), docs/ledger.md ("Life of an order's money").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from orders.expecting import late_from
from orders.models import FINAL, DripFeed, Order, OrderEvent, Role, Status, Subscription
from wallet import ledger, money

_FOLLOWED = frozenset(
    {
        Status.PENDING,
        Status.IN_PROGRESS,
        Status.PROCESSING,
        Status.COMPLETED,
        Status.PARTIAL,
        Status.CANCELED,
    }
)

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.QUEUED, Status.CANCELED}),
    Status.QUEUED: frozenset({Status.SUBMITTING, Status.HELD, Status.CANCELED}),
    Status.SUBMITTING: frozenset(
        {Status.QUEUED, Status.PENDING, Status.UNCERTAIN, Status.CANCELED}
    ),
    Status.UNCERTAIN: frozenset({Status.PENDING, Status.QUEUED, Status.CANCELED}),
    Status.PENDING: _FOLLOWED - {Status.PENDING},
    Status.IN_PROGRESS: _FOLLOWED - {Status.IN_PROGRESS},
    Status.PROCESSING: _FOLLOWED - {Status.PROCESSING},
    # A provider may admit a shortfall after the end; it never gets delivered units back.
    Status.COMPLETED: frozenset({Status.PARTIAL, Status.CANCELED}),
    Status.PARTIAL: frozenset({Status.CANCELED}),
    Status.CANCELED: frozenset(),
}

# A drip-feed that the panel runs itself is never sent: it goes on from its first run to its last.
DRIP_FEED_TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    **TRANSITIONS,
    Status.QUEUED: frozenset({Status.IN_PROGRESS, Status.HELD, Status.CANCELED}),
    Status.IN_PROGRESS: frozenset(FINAL),
}


class ImpossibleTransition(Exception):
    """The order cannot go from where it is to where it was sent."""


def may_become(*, order: Order, status: Status) -> bool:
    table = DRIP_FEED_TRANSITIONS if order.role == Role.DRIP_FEED else TRANSITIONS
    return status in table[Status(order.status)]


def move(
    *, order: Order, to: Status, at: datetime, actor_id: int | None = None, reason: str = ""
) -> OrderEvent:
    """Moves a locked order along TRANSITIONS; returns the event. Raises ImpossibleTransition.

    Nothing is written yet: whoever moves many orders writes all of them at once.
    """
    if not may_become(order=order, status=to):
        raise ImpossibleTransition(f"order {order.pk}: {order.status} -> {to}")
    before, order.status = order.status, to
    if to in FINAL and order.finished_at is None:
        order.finished_at = at
    if to == Status.PENDING:
        order.expected_by = order.expected_by or late_from(order=order, at=at)
    if to in (Status.PARTIAL, Status.CANCELED):
        order.was_cut_short = True
    detail = {"from": before, "to": to} | ({"reason": reason} if reason else {})
    kind = OrderEvent.Kind.STATUS
    return OrderEvent(order=order, kind=kind, detail=detail, at=at, actor_id=actor_id)


def advance(
    *, order: Order, to: Status, at: datetime, actor_id: int | None = None, reason: str = ""
) -> None:
    """Moves a locked order along TRANSITIONS and writes the event. Raises ImpossibleTransition.

    What an end means for the money is booked by `book`.
    """
    event = move(order=order, to=to, at=at, actor_id=actor_id, reason=reason)
    order.save(update_fields=["status", "finished_at", "was_cut_short", "expected_by"])
    event.save()


def advance_together(*, orders: Sequence[Order], to: Status, at: datetime) -> None:
    """The same for many locked orders on their way to a provider, in two statements."""
    events = [move(order=order, to=to, at=at) for order in orders]
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(status=to)
    OrderEvent.objects.bulk_create(events)


def refund_due(*, order: Order, remains: int) -> int:
    """Micros that have to come back when `remains` of the ordered units were not delivered.

    Half-up, capped at the charge. Source: docs/ledger.md, "Unit"; REF-05.
    """
    return money.share_of(amount_micros=order.charge_micros, part=remains, whole=order.units)


def book(*, order: Order, due_micros: int, at: datetime) -> int:
    """Brings a locked order's money up to date; returns the micros refunded now: `book_together`
    of one order, written at once."""
    before = order.refunded_micros
    events = book_together(dues=[(order, due_micros)], at=at)
    if order.due_micros > before:
        order.save(update_fields=["due_micros", "refunded_micros"])
    for event in events:
        event.save()
    return order.refunded_micros - before


def book_together(*, dues: Sequence[tuple[Order, int]], at: datetime) -> list[OrderEvent]:
    """Brings the money of locked orders up to date; returns events for their stories. The caller
    writes those, and `due_micros` and `refunded_micros` of the orders.

    A refund is a target: what is given with an order raises what is due and never lowers it, and
    what is booked is the difference to what was refunded before (DEL-08, REF-20). A final order's
    rest becomes revenue. The wallets' locks are taken last.
    """
    _tell_plans([order for order, _due in dues], at=at)
    for order, due_micros in dues:
        order.due_micros = max(order.due_micros, min(due_micros, order.charge_micros))
    refunded = ledger.bring_up(targets=[_target(order) for order, _due in dues], at=at)
    events = []
    for order, _due in dues:
        micros = refunded[order.reference]
        order.refunded_micros += micros
        if micros:
            detail = {"amount_micros": micros, "remains": order.remains}
            kind = OrderEvent.Kind.REFUNDED
            events.append(OrderEvent(order=order, kind=kind, detail=detail, at=at))
    return events


def _target(order: Order) -> ledger.Target:
    """Nobody's wallet is locked for an order of which nothing more is due."""
    return ledger.Target(
        customer_id=order.customer_id,
        reference=order.reference,
        due_micros=order.due_micros if order.due_micros > order.refunded_micros else 0,
        is_over=order.status in FINAL and not order.is_owed_to_the_house,
    )


def _tell_plans(orders: Sequence[Order], *, at: datetime) -> None:
    """The money of a run or a post may be its plan's, which `orders.plans` counts. Rows of plans
    are taken after their children's and before wallets, by ascending number."""
    for model, roles in ((DripFeed, (Role.RUN,)), (Subscription, (Role.POST,))):
        parents = {order.parent_id for order in orders if order.role in roles}
        if parents:
            plans = model.objects.filter(order__in=parents)
            locked = plans.order_by("order").select_for_update().values_list("order", flat=True)
            model.objects.filter(order__in=list(locked)).update(news_at=at)


def cancel_in_full(
    *, order: Order, at: datetime, actor_id: int | None = None, reason: str = ""
) -> None:
    """Ends a locked order that no provider has: Canceled, and every cent back (REF-01, DEL-10)."""
    advance(order=order, to=Status.CANCELED, at=at, actor_id=actor_id, reason=reason)
    book(order=order, due_micros=order.charge_micros, at=at)


def may_absorb(*, order: Order) -> bool:
    """Whether a provider has the order and still calls it Pending (forwarding.md, "absorb")."""
    return order.status == Status.PENDING and order.external_id is not None


def absorb(*, order: Order, at: datetime, actor_id: int | None = None, reason: str = "") -> None:
    """Cancels a locked order for its customer at once and gives every cent back out of the house's
    own money, while its provider is asked to stop and followed on. Raises ImpossibleTransition.

    For `order.customer_cancel` = pending_absorb; the caller checks the order's terms. The charge
    stays in escrow until the provider has said what it did: see `recover`.
    """
    if not may_absorb(order=order):
        raise ImpossibleTransition(f"order {order.pk}: no provider calls it pending")
    advance(order=order, to=Status.CANCELED, at=at, actor_id=actor_id, reason=reason)
    order.due_micros = order.charge_micros
    absorbed = ledger.absorb(
        customer_id=order.customer_id,
        reference=order.reference,
        due_micros=order.due_micros,
        at=at,
    )
    order.refunded_micros += absorbed
    order.absorbed_micros += absorbed
    order.save(update_fields=["due_micros", "refunded_micros", "absorbed_micros"])
    if absorbed:
        detail = {"amount_micros": absorbed, "absorbed": True}
        record(order=order, kind=OrderEvent.Kind.REFUNDED, detail=detail, at=at)


def recover(*, order: Order, due_micros: int, at: datetime) -> int:
    """What a provider did not deliver of a locked order that was absorbed makes good the house's
    loss, and the rest is revenue; returns the micros made good now.

    `due_micros` is a target as in `book`: a later report of less delivered raises it, none lowers
    it. The customer has had everything, so nothing moves for him.
    """
    recovered = ledger.recover(
        reference=order.reference, due_micros=min(due_micros, order.charge_micros), at=at
    )
    order.recovered_micros += recovered
    order.settled_at = order.settled_at or at
    order.save(update_fields=["recovered_micros", "settled_at"])
    ledger.settle(reference=order.reference, at=at)
    return recovered


def record(
    *,
    order: Order,
    kind: OrderEvent.Kind,
    detail: Mapping[str, object],
    at: datetime,
    actor_id: int | None = None,
) -> None:
    """Adds one line to the order's story."""
    OrderEvent.objects.create(order=order, kind=kind, detail=detail, at=at, actor_id=actor_id)
