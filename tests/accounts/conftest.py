from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from tests.accounts.hashing import CountingHasher


@pytest.fixture
def hasher_runs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often a password was hashed since the last call of this."""
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]

    def count() -> int:
        runs, CountingHasher.runs = CountingHasher.runs, 0
        return runs

    count()
    return count
