"""An order that a program placed goes through the whole house and comes back partial."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.following import syncing
from orders.models import Clock
from orders.sending import forwarding
from services.models import Provider, Service
from tests.demo_provider.process import DemoProvider
from tests.orders.api.program import Program
from wallet import verification

pytestmark = pytest.mark.django_db

LINK = "https://example.com/partial-40/1"


def test_it_is_sent_followed_and_refunded(
    script: Program, views: Service, provider_row: Provider, upstream: DemoProvider
) -> None:
    number = script.add(views, link=LINK, quantity=1234)["order"]
    forwarding.forward(order_id=number)
    assert upstream.counts() == {LINK: 1}
    assert script.ask(action="status", order=number)["status"] == "Pending"

    upstream.advance(700)
    Clock.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    syncing.poll(provider_id=provider_row.pk, at=timezone.now())

    report = script.ask(action="status", order=number)
    remains = int(report["remains"])
    assert (report["status"], report["charge"]) == ("Partial", f"{(1234 - remains) / 1000:.6g}")
    assert 0 < remains < 1234
    assert script.ask(action="balance")["balance"] == f"{100 - (1234 - remains) / 1000:.6g}"
    assert all(finding.is_ok for finding in verification.verify())
