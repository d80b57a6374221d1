"""An order and a request as the Admin API shows them. Amounts are exact decimal texts in USD."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from accounts.adminapi.serving import Call
from orders.ending import statuses
from orders.followups.offers import listed_offers
from orders.handwork import stopping
from orders.models import FINAL, UNSENT, FollowUp, Order, Status
from orders.sending.fields import fields_of
from wallet.money import plain

# Who delivers, and at what cost, is shown to those who may see submissions, as on the pages.
SEEING_PROVIDERS = "orders.view_submission"


# All that `members_of` reads besides the orders.
_PEOPLE = ("service", "offer__provider", "provider", "customer")


def members_of(orders: Iterable[Order], call: Call) -> list[dict[str, Any]]:
    """The rows of a list; a few further queries for all of them."""
    rows, shows = list(orders), call.may(SEEING_PROVIDERS)
    prefetch_related_objects(rows, *_PEOPLE)
    offers = listed_offers(rows, at=call.at)
    return [_members(order, offers[order.pk].refill.is_on, shows=shows) for order in rows]


def _members(order: Order, may_refill: bool, *, shows: bool) -> dict[str, Any]:
    return {
        "id": order.pk,
        "user": order.customer_id,
        "charge": {
            "value": plain(order.net_charge_micros),
            "placed": plain(order.charge_micros),
            "refunded": plain(order.refunded_micros),
            "currency": "USD",
        },
        "service_id": order.service_id,
        "service_name": order.snapshot.get("name", ""),
        "link": order.link,
        "quantity": order.quantity,
        "start_count": order.start_count,
        "remains": order.remains,
        "status": order.status,
        "mode": "manual" if _is_manual(order) else "auto",
        "creation_type": order.channel,
        "created_at": epoch(order.created_at),
        "finished_at": epoch(order.finished_at),
        **(_delivery(order) if shows else _NO_DELIVERY),
        "actions": _actions(order, may_refill),
    }


_NO_DELIVERY = {"provider": None, "external_id": None, "provider_charge": None}


def _delivery(order: Order) -> dict[str, Any]:
    micros = order.provider_charge_micros
    charge = {"value": plain(micros or 0), "currency": order.provider_currency}
    return {
        "provider": order.provider.name if order.provider else None,
        "external_id": order.external_id,
        "provider_charge": None if micros is None else charge,
    }


def _is_manual(order: Order) -> bool:
    provider = order.provider or (order.offer.provider if order.offer else None)
    return provider is not None and provider.is_manual


def _actions(order: Order, may_refill: bool) -> dict[str, bool]:
    """What the order's state allows; the key's scope and its owner's permissions come on top."""
    return {
        "refill": may_refill,
        "resend": order.status in (*UNSENT, Status.UNCERTAIN),
        "cancel_and_refund": Status.CANCELED in statuses.settable(order),
        "request_cancel": stopping.may_be_asked(order),
        "set_partial": Status.PARTIAL in statuses.settable(order),
        "is_final": order.status in FINAL,
    }


def work_of(order: Order) -> dict[str, Any]:
    """What it takes to carry an order out, and nothing about who ordered it (DEL-02)."""
    return {
        "id": order.pk,
        "service_id": order.service_id,
        "external_service_id": order.offer.external_id if order.offer else None,
        "service_name": order.snapshot.get("name", ""),
        "service_type": order.snapshot.get("type", ""),
        "link": order.link,
        "quantity": order.quantity,
        "units": order.units,
        "parameters": fields_of(order),
        "created_at": epoch(order.created_at),
    }


def request_of(follow_up: FollowUp) -> dict[str, Any]:
    order = follow_up.order
    return {
        "id": follow_up.pk,
        "order_id": order.pk,
        "service_id": order.service_id,
        "link": order.link,
        "quantity": order.quantity,
        "start_count": order.start_count,
        "remains": order.remains,
        "status": follow_up.state,
        "asked_at": epoch(follow_up.asked_at),
        "due_at": epoch(follow_up.due_at),
    }


def epoch(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None
