"""Alice's program, which may order from her 100 dollars, one that may only read, and bob's."""

from __future__ import annotations

import pytest

from accounts.models import ApiKey, User
from services.models import Service
from tests.factories import MICROS, fund, service
from tests.rest.caller import Caller, caller


@pytest.fixture
def script(alice: User) -> Caller:
    fund(alice)
    return caller(alice)


@pytest.fixture
def reader(alice: User) -> Caller:
    return caller(alice, ApiKey.Scope.READ)


@pytest.fixture
def stranger(bob: User) -> Caller:
    fund(bob)
    return caller(bob)


@pytest.fixture
def shop(terms: None) -> Service:
    """2.00 per 1000, from 10 to 10,000."""
    return service(rate_micros=2 * MICROS)
