"""Orders whose sending got no answer, made as it happens: through the real provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from orders.models import Order, Status, Submission
from orders.sending import forwarding
from orders.sending.deciding import Decision
from services.models import Provider, Service
from tests.demo_provider.process import DemoProvider
from tests.factories import order

State = Submission.State
REASON = "Looked into our account there"


def accepted(alice: User, service: Service, *, at: datetime | None = None, **fields: Any) -> Order:
    """An order that its provider has and that we know of; `at` is when it was sent."""
    return _sent(order(alice, service=service, **fields), at=at)


def lost(
    alice: User,
    service: Service,
    upstream: DemoProvider,
    *,
    arrives: bool,
    at: datetime | None = None,
    **fields: Any,
) -> Order:
    """An uncertain order, whether the provider has made one of it or not."""
    placed = order(alice, service=service, **fields)
    upstream.fault("drop", stage="after" if arrives else "before", link_contains=placed.link)
    doubted = _sent(placed, at=at)
    assert doubted.status == Status.UNCERTAIN
    return doubted


def _sent(placed: Order, *, at: datetime | None) -> Order:
    at = at or timezone.now()
    # Of the breaker: test_lanes.py. Here time is told, not waited for.
    Provider.objects.update(failures_in_a_row=0, tripped_until=None)
    Order.objects.filter(pk=placed.pk).update(not_before=at)
    attempt = forwarding.begin(order_id=placed.pk, at=at)
    assert attempt is not None
    forwarding.finish(attempt=attempt, outcome=forwarding.send(attempt), at=at)
    Provider.objects.update(failures_in_a_row=0, tripped_until=None)
    placed.refresh_from_db()
    return placed


def decision(about: Order, actor: User | None, **fields: Any) -> Decision:
    attempt = about.submissions.get(state=State.UNCERTAIN)
    given = {"order_id": about.pk, "submission_id": attempt.pk, "actor": actor, "reason": REASON}
    return Decision(**{**given, "at": timezone.now(), **fields})
