"""A customer who has accepted the documents with an earlier payment."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from legal import acceptance
from legal.models import Acceptance


def accept_with_payments(customer: User) -> None:
    acceptance.record(
        user=customer,
        point=Acceptance.Point.PAYMENT,
        channel=Acceptance.Channel.WEB,
        at=timezone.now(),
        ip="203.0.113.1",
        user_agent="A browser",
    )
