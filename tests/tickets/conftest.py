from datetime import datetime

import pytest

from accounts.models import User
from tests.cast import person
from tests.tickets.rows import open_one
from tickets.models import Ticket


@pytest.fixture
def ticket(alice: User, now: datetime) -> Ticket:
    """Alice asks; nobody has answered yet."""
    return open_one(alice, at=now)


@pytest.fixture
def kim(terms: None) -> User:
    """Sam's colleague at the desk."""
    return person("kim", group="Support")
