"""What a browser would send and read on the pages of orders."""

from __future__ import annotations

import html
import re
import uuid
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from orders import lifecycle
from orders.models import Order, Status
from services.models import Service
from wallet.balances import spendable_micros

NEW, LIST, DASHBOARD = (
    reverse(f"orders:{name}") for name in ("order_new", "order_list", "dashboard")
)
LINK = "https://example.com/p/1"
SCRIPTED = {"HX-Request": "true"}
_HIDDEN = re.compile(r'name="(key|shown_charge|shown_for)" value="([^"]*)"')


class Answer(Protocol):
    """What a test client brings back."""

    @property
    def content(self) -> bytes: ...


def wanted(service: Service, **fields: object) -> dict[str, str]:
    """What a customer types."""
    typed = {"service": service.pk, "link": LINK, "quantity": 1000} | fields
    return {name: str(value) for name, value in typed.items()}


def hidden_in(page: Answer) -> dict[str, str]:
    """The hidden inputs of the form on a page, by name."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page.content.decode())}


def seen(client: Client, service: Service, **fields: object) -> dict[str, str]:
    """The whole form of somebody who has filled it and looked at the price."""
    typed = wanted(service, **fields)
    return typed | hidden_in(client.get(NEW, typed))


def unseen(service: Service, **fields: object) -> dict[str, str]:
    """The form of somebody who was shown no price."""
    return wanted(service, **fields) | {"key": str(uuid.uuid4())}


def money_of(user: User) -> tuple[int, int]:
    """Balance and number of orders: what a refusal leaves as it was."""
    return spendable_micros(customer_id=user.pk), Order.objects.visible_to(user.pk).count()


def text_of(page: Answer) -> str:
    """The words of a page without its markup, on one line."""
    bare = re.sub(r"<[^>]+>", " ", page.content.decode())
    return " ".join(html.unescape(bare).split())


def walk(
    order: Order, *statuses: Status, at: datetime | None = None, remains: int | None = None
) -> Order:
    """Moves an order along, as reports of its provider would, and books what the end means."""
    at = at or timezone.now()
    with transaction.atomic():
        held = Order.objects.select_for_update().get(pk=order.pk)
        if remains is not None:
            held.remains = remains
            held.save(update_fields=["remains"])
        for status in statuses:
            lifecycle.advance(order=held, to=status, at=at)
        if held.status == Status.PARTIAL:
            due_micros = lifecycle.refund_due(order=held, remains=held.remains or 0)
            lifecycle.book(order=held, due_micros=due_micros, at=at)
        elif held.status == Status.CANCELED:
            lifecycle.book(order=held, due_micros=held.charge_micros, at=at)
        elif held.status == Status.COMPLETED:
            lifecycle.book(order=held, due_micros=0, at=at)
    return held


RUNNING = (Status.SUBMITTING, Status.PENDING, Status.IN_PROGRESS)
