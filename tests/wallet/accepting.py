"""A customer who has accepted the documents with an earlier payment."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from legal import acceptance
from legal.models import Acceptance


def accept_with_payments(customer: User, *, at: datetime | None = None) -> None:
    acceptance.record(
        user=customer,
        point=Acceptance.Point.PAYMENT,
        channel=Acceptance.Channel.WEB,
        at=at or timezone.now(),
        ip="203.0.113.1",
        user_agent="A browser",
    )
