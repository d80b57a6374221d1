"""What tests about claims start from: orders of some age, and claims about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from legal.models import Publication
from legal.presets import STARTER
from legal.publishing import publish
from orders.ending import claims
from orders.ending.proposals import Actor
from orders.models import Claim, Order, Status
from tests.factories import order as placed_order
from tests.orders.pages import walk

WORDS = "Nothing has come since I ordered it."
SEEN_AT = "See https://example.com/p/1: the counter stands at 5."
AT_PROVIDER = (Status.SUBMITTING, Status.PENDING)
UNDER_WAY = (*AT_PROVIDER, Status.IN_PROGRESS)


def terms_with(**values: Any) -> Publication:
    """New terms in force from now on; those of the starter with the values given."""
    policy = replace(STARTER, **values)
    return publish(policy=policy, versions=[], published_by=None, at=timezone.now())


def gone(customer: User, *statuses: Status, **fields: Any) -> Order:
    """An order of now that has gone so far."""
    placed = placed_order(customer, **fields)
    return walk(placed, *statuses) if statuses else placed


def later(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def claim_of(
    order: Order,
    *,
    kind: Claim.Kind = Claim.Kind.NOT_AS_DESCRIBED,
    by: User | None = None,
    at: datetime | None = None,
) -> Claim:
    return claims.open_claim(
        order_id=order.pk,
        kind=kind,
        reason=WORDS,
        evidence=SEEN_AT,
        by=by or order.customer,
        at=at or timezone.now(),
    )


def acting(by: User, at: datetime | None = None) -> Actor:
    return Actor(by=by, at=at or timezone.now())
