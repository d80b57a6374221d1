from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from accounts.models import User
from services.health import probing
from services.health.probing import Heard
from services.models import Probe, Provider
from services.providers.reports import Balance
from tests import factories

Ask = Callable[..., None]

SILENT = Heard(None, "not sent: connect")


def told(amount: str | int) -> Heard:
    return Heard(Balance(Decimal(amount), "USD"), "")


def ask(provider: Provider, heard: Heard, *, at: datetime) -> None:
    """One question that is due at that moment, with this end."""
    Probe.objects.filter(provider=provider).update(asked_at=None)
    probing.probe(provider_id=provider.pk, at=at, asker=lambda _provider: heard)


@pytest.fixture
def provider(olga: User) -> Provider:
    """A provider that was never asked; olga hears of it."""
    row = factories.provider(name="Provider A")
    Probe.objects.create(provider=row)
    return row
