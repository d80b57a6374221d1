"""A worker that is killed amid an event loses nothing: the event is due again after its lease."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from smmpanel.embedded.runtime import PROJECT
from tests.databases import TestDatabase
from tests.fake_stripe.process import FakeStripe
from tests.waiting import wait_until
from tests.wallet.notices import at_page, receive
from wallet import events, tasks, verification
from wallet.models import Deposit, GatewayEvent, Transfer

WORKER = """
from django.utils import timezone
from wallet import events
events.process(event_id={number}, at=timezone.now())
"""


@pytest.fixture
def environ(fresh_db: TestDatabase, stripe: FakeStripe) -> dict[str, str]:
    return fresh_db.environ | {
        "STRIPE_SECRET_KEY": stripe.key,
        "STRIPE_API_BASE": stripe.url,
        "STRIPE_WEBHOOK_SECRETS": stripe.webhook_secret,
    }


def test_what_a_killed_worker_had_taken_is_carried_out_after_its_lease(
    environ: dict[str, str],
    stripe: FakeStripe,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks.process_event, "apply_async", lambda *_, **__: None)
    deposit = at_page(alice)
    stripe.pay(deposit.checkout_id)
    receive(stripe, stripe.events("payment_intent.succeeded")[0])
    event = GatewayEvent.objects.get()
    stripe.fault("latency", route="GET /v1/payment_intents*", seconds=5.0)
    kill_amid(event, environ)

    at = timezone.now()
    events.process(event_id=event.pk, at=at)  # its lease still runs
    assert not Transfer.objects.exists()
    events.process(event_id=event.pk, at=at + events.LEASE + timedelta(seconds=1))
    event.refresh_from_db()
    deposit.refresh_from_db()
    assert (event.outcome, event.attempts, deposit.state) == ("applied", 2, Deposit.State.PAID)
    assert Transfer.objects.filter(kind="deposit").count() == 1
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


def kill_amid(event: GatewayEvent, environ: dict[str, str]) -> None:
    """SIGKILL once the event is taken and the gateway is being asked."""
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", WORKER.format(number=event.pk)],
        cwd=PROJECT,
        env=environ,
    )
    try:
        wait_until(lambda: GatewayEvent.objects.filter(pk=event.pk, attempts=1).exists())
    finally:
        worker.kill()
        worker.wait()
