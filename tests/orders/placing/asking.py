"""Orders as customers ask for them, and terms that differ from the usual ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from legal.models import Publication
from legal.publishing import publish
from orders.models import BlockedTerm, Order
from orders.placing.placement import OrderRequest, place_order
from orders.refusals import OrderRefused
from services.models import Service
from wallet.balances import spendable_micros

LINK = "https://example.com/p/1"


def wanted(chosen: Service, **fields: Any) -> OrderRequest:
    facts = {"service_id": chosen.pk, "link": LINK, "quantity": 1000, "channel": "web"}
    return OrderRequest(**facts | fields)  # type: ignore[arg-type]


def place(user: User, chosen: Service, **fields: Any) -> Order:
    placed = place_order(customer_id=user.pk, request=wanted(chosen, **fields), at=timezone.now())
    return Order.objects.get(pk=placed.order_id)


def refusal(user: User, chosen: Service, **fields: Any) -> OrderRefused:
    before = spendable_micros(customer_id=user.pk), Order.objects.count()
    with pytest.raises(OrderRefused) as caught:
        place(user, chosen, **fields)
    assert (spendable_micros(customer_id=user.pk), Order.objects.count()) == before
    return caught.value


def under(**values: Any) -> None:
    """New terms in force: those of before with these settings."""
    policy = replace(Publication.objects.current().get_policy(), **values)
    publish(policy=policy, versions=[], published_by=None, at=timezone.now())


def block(text: str, kind: BlockedTerm.Kind = BlockedTerm.Kind.KEYWORD) -> None:
    BlockedTerm.objects.create(kind=kind, text=text)
