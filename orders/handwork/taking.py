"""Our own work is handed out: orders to whoever carries them out, and requests about them.

Each is handed out once. The row is taken under its lock, and what another call holds is skipped:
ten programs that ask at once get ten different shares. What was handed out is marked as being
carried out, and an answer that gets lost loses nothing: it is in the list of what is being done.
Source: docs/admin-api.md, "Own work".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts import switches
from accounts.acts import log_act
from accounts.models import KillSwitch, User
from orders import lifecycle
from orders.followups.closing import tell
from orders.models import FollowUp, Order, OrderQuerySet, Status, Submission
from orders.sending.fields import fields_of

State = FollowUp.State
MOST = 100


def take_orders(
    *,
    actor: User,
    at: datetime,
    most: int = MOST,
    service_ids: Collection[int] = (),
    ip: str | None = None,
) -> list[Order]:
    """The orders of our own work that have waited longest, from now on in the caller's hands. None
    while nothing is forwarded to anybody."""
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return []
    with transaction.atomic():
        taken = list(_free_orders(actor, service_ids, at=at)[:most])
        for order in taken:
            _take_order(order, actor=actor, at=at)
        _log(actor, "take orders", [order.pk for order in taken], ip=ip)
    return taken


def take_requests(
    *, kind: FollowUp.Kind, actor: User, at: datetime, most: int = MOST, ip: str | None = None
) -> list[FollowUp]:
    """The refills or cancels that people carry out and nobody has taken yet, with their orders.
    None while nothing is forwarded to anybody."""
    if switches.reason_off(KillSwitch.Part.FORWARDING):
        return []
    with transaction.atomic():
        waiting = FollowUp.objects.for_people().filter(kind=kind, state=State.ASKED)
        orders = Order.objects.filter(pk__in=waiting.values("order")).exclude(customer=actor)
        # The order is locked before its request, as by every other act on requests.
        held = orders.order_by("pk").select_for_update(skip_locked=True, of=("self",))[:most]
        mine = waiting.filter(order__in=[order.pk for order in held]).select_related("order")
        taken = list(mine.order_by("pk").select_for_update(of=("self",)))
        for follow_up in taken:
            _take_request(follow_up, actor=actor, at=at)
        _log(actor, f"take {kind} requests", [one.pk for one in taken], ip=ip)
    return taken


def _free_orders(actor: User, service_ids: Collection[int], *, at: datetime) -> OrderQuerySet:
    free = Order.objects.due_for_hands(at=at).exclude(customer=actor)
    if service_ids:
        free = free.filter(service__in=service_ids)
    with_offer = free.select_related("offer", "service").order_by("not_before", "pk")
    return with_offer.select_for_update(skip_locked=True, of=("self",))


def _take_order(order: Order, *, actor: User, at: datetime) -> None:
    """As a provider accepts one, under our own number: it is never sent, and followed by what its
    taker says."""
    offer = order.offer
    if offer is None:
        return
    fields = fields_of(order)
    content = json.dumps([offer.external_id, sorted(fields.items())])
    lifecycle.advance(order=order, to=Status.SUBMITTING, at=at, actor_id=actor.pk)
    Submission.objects.create(
        order=order,
        provider_id=offer.provider_id,
        provider_service_id=offer.external_id,
        state=Submission.State.ACCEPTED,
        request_hash=hashlib.sha256(content.encode()).hexdigest(),
        request=fields,
        lease_until=at,
        started_at=at,
        finished_at=at,
        external_id=str(order.pk),
    )
    order.provider_id, order.external_id, order.sent_at = offer.provider_id, str(order.pk), at
    order.save(update_fields=["provider", "external_id", "sent_at"])
    lifecycle.advance(order=order, to=Status.PENDING, at=at, actor_id=actor.pk)


def _take_request(follow_up: FollowUp, *, actor: User, at: datetime) -> None:
    follow_up.state, follow_up.sent_at = State.SENT, at
    follow_up.save(update_fields=["state", "sent_at"])
    tell(follow_up=follow_up, order=follow_up.order, at=at, actor_id=actor.pk)


def _log(actor: User, act: str, numbers: list[int], *, ip: str | None) -> None:
    if numbers:
        log_act(actor=actor, act=act, target="own work", changes={"ids": numbers}, ip=ip)
