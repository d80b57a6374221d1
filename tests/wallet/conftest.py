"""Stripe as a process of its own, for every test of the wallet that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.fake_stripe.process import FakeStripe


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeStripe]:
    store = tmp_path_factory.mktemp("stripe") / "stripe.sqlite"
    with FakeStripe(store=store) as running:
        yield running


@pytest.fixture
def stripe(stripe_process: FakeStripe, settings: Settings) -> FakeStripe:
    """The fake gateway, emptied, with the panel's settings leading to it. It delivers nothing by
    itself: `tests.wallet.notices.tell` hands its events to the panel when the test says so."""
    stripe_process.deliver_to("")
    stripe_process.reset()
    settings.STRIPE_SECRET_KEY = stripe_process.key
    settings.STRIPE_API_BASE = stripe_process.url
    settings.STRIPE_WEBHOOK_SECRETS = [stripe_process.webhook_secret]
    settings.STRIPE_LIVE_MODE = False
    return stripe_process
