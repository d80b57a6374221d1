"""The world of a test that is parametrized with `preset`: its terms, people, service, gateway."""

from __future__ import annotations

import pytest

from accounts.models import User
from legal import acceptance
from legal.models import Acceptance
from tests.beginnings import put_terms
from tests.factories import MICROS, service
from tests.policies.gaps import publishable
from tests.policies.world import IN_FORCE, Gate, World
from wallet.gateways import registry


@pytest.fixture
def terms(db: None, preset: str) -> None:
    """In the place of the cast's own: everybody here has the preset's terms."""
    put_terms(policy=publishable(preset), at=IN_FORCE)


@pytest.fixture
def world(
    preset: str, alice: User, fiona: User, felix: User, monkeypatch: pytest.MonkeyPatch
) -> World:
    acceptance.record(
        user=alice,
        point=Acceptance.Point.REGISTRATION,
        channel=Acceptance.Channel.WEB,
        at=IN_FORCE,
        ip="203.0.113.1",
        user_agent="A browser",
    )
    gate = Gate()
    monkeypatch.setattr(registry, "gateway_of", lambda _code: gate)
    sold = service(rate_micros=10 * MICROS)
    return World(preset=preset, customer=alice, staff=fiona, second=felix, service=sold, gate=gate)
