"""What a customer asks for, from whichever door, before anything of it is checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from orders.models import Order


@dataclass(frozen=True, slots=True)
class Recently:
    """Another key under which the same request counts as sent before, if it was after `since`."""

    key: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """`texts` are the parameters of the service's type as they were typed, by their names in API
    v2; `quantity` is per run and None where the type counts for itself. `shown_charge_micros` is
    the price that the customer saw, if he saw one; `acknowledged` are the Ticks he set besides
    `accepts_duplicate`."""

    service_id: int
    link: str
    quantity: int | None
    channel: Order.Channel
    idempotency_key: str | None = None
    shown_charge_micros: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    runs: int | None = None
    interval_minutes: int | None = None
    accepts_duplicate: bool = False
    acknowledged: frozenset[str] = frozenset()
    recently: Recently | None = None

    @property
    def fingerprint(self) -> str:
        """Tells a repeated request from another one that uses the same idempotency key. What was
        ticked is no part of it: a customer who is asked again sends the same order."""
        texts = sorted((name, text) for name, text in self.texts.items() if text.strip())
        ordered = [self.service_id, self.link, self.quantity, texts, self.runs]
        content = json.dumps([*ordered, self.interval_minutes if self.runs else None])
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def earlier_calls(self) -> Q:
        """Which of the customer's orders this request may have made before; of one without a key
        none."""
        found = Q(idempotency_key=self.idempotency_key or "")
        if self.recently:
            found |= Q(idempotency_key=self.recently.key, created_at__gt=self.recently.since)
        return found

    def once_in(self, *, seconds: int, at: datetime) -> OrderRequest:
        """The same request, which gives the same order again when it comes twice in so many
        seconds, though nobody gave it a key (API-08). In no seconds nothing comes twice, and one
        that names itself, or that asks for a second order, is taken at its word.

        Its key is made of what it says and of the stretch of time that the moment lies in; the
        stretch before counts as far as it is that recent. Two calls across the border of two
        stretches have different keys: one running order per link keeps them apart.
        """
        if not seconds or self.idempotency_key or self.accepts_duplicate:
            return self
        stretch = int(at.timestamp()) // seconds
        return replace(
            self,
            idempotency_key=f"again:{self.fingerprint}:{stretch}",
            recently=Recently(
                key=f"again:{self.fingerprint}:{stretch - 1}",
                since=at - timedelta(seconds=seconds),
            ),
        )
