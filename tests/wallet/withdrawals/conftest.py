"""Terms under which money goes back: unspent deposits within 14 days, less their fee."""

from __future__ import annotations

import pytest

from tests.beginnings import put_terms
from tests.wallet.withdrawals.scenes import IN_FORCE, policy


@pytest.fixture
def terms(request: pytest.FixtureRequest) -> None:
    """In the place of the cast's own: everybody in these tests has these terms."""
    request.getfixturevalue("fresh_db" if "fresh_db" in request.fixturenames else "db")
    put_terms(policy=policy(), at=IN_FORCE)
