"""The orders below a plan: how one is made, and what of it is there. Pure but for the insert.
Rules: docs/plans.md, "Runs and posts"."""

from __future__ import annotations

from datetime import datetime

from orders import lifecycle
from orders.ending.returning import undelivered
from orders.models import Order, OrderEvent, Role, Status


def make_run(*, parent: Order, number: int, at: datetime) -> Order:
    """The next order of a drip-feed whose row is locked: paid for by its parent, sent as any other,
    to whoever sells the service today."""
    run = _child(parent, Role.RUN, Status.QUEUED, number=number, quantity=parent.quantity, at=at)
    run.offer_id = parent.service.provider_service_id or parent.offer_id
    return _placed(run, at=at)


def make_post(
    *, parent: Order, number: int, external_id: str, quantity: int, charge_micros: int, at: datetime
) -> Order:
    """An order that the provider has made by itself for a new post; followed as any other."""
    post = _child(parent, Role.POST, Status.PENDING, number=number, quantity=quantity, at=at)
    post.charge_micros = charge_micros
    post.offer_id = parent.offer_id
    post.provider_id, post.external_id = parent.provider_id, external_id
    post.sent_at = at
    return _placed(post, at=at)


def delivered(order: Order) -> int:
    """Units of a run or post that are there as far as is known, and are not paid back."""
    return min(order.delivered or 0, order.units - undelivered(order))


def _child(
    parent: Order, role: Role, status: Status, *, number: int, quantity: int, at: datetime
) -> Order:
    return Order(
        customer_id=parent.customer_id,
        service_id=parent.service_id,
        publication_id=parent.publication_id,
        role=role,
        status=status,
        parent=parent,
        run_number=number,
        channel=parent.channel,
        link=parent.link,
        link_key=parent.link_key,
        quantity=quantity,
        parameters=parent.parameters,
        snapshot=parent.snapshot,
        rate_micros=parent.rate_micros,
        charge_micros=0,
        not_before=at,
        created_at=at,
    )


def _placed(child: Order, *, at: datetime) -> Order:
    child.save(force_insert=True)
    detail = {
        "channel": child.channel,
        "role": child.role,
        "of": child.parent_id,
        "number": child.run_number,
    }
    lifecycle.record(order=child, kind=OrderEvent.Kind.PLACED, detail=detail, at=at)
    return child
