from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.services.syncing.conftest import server, upstream

__all__ = ["desk", "server", "upstream"]


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    """An operator's browser."""
    client.force_login(olga)
    return client
