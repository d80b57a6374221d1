"""Programs that call the API: alice's key, a key that may only read, and bob's."""

from __future__ import annotations

import pytest

from accounts.models import ApiKey, User
from services.models import Service
from tests.factories import MICROS, fund, service
from tests.house import House
from tests.orders.api.outside import Outside
from tests.orders.api.program import TRANSPORTS, Program, Transport, program


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    return TRANSPORTS[request.param]


@pytest.fixture
def script(alice: User) -> Program:
    """Alice's program; she has 100 dollars."""
    fund(alice)
    return program(alice)


@pytest.fixture
def reader(alice: User) -> Program:
    return program(alice, ApiKey.Scope.READ)


@pytest.fixture
def stranger(bob: User) -> Program:
    fund(bob)
    return program(bob)


@pytest.fixture
def shop(terms: None) -> Service:
    """2.00 per 1000, from 10 to 10,000."""
    return service(rate_micros=2 * MICROS)


@pytest.fixture(scope="module")
def outside(house: House) -> Outside:
    return Outside.of(house)
