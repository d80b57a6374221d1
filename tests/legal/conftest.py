from datetime import UTC, datetime

import pytest

from accounts.models import User
from legal.models import Publication
from legal.presets import PRESETS
from legal.publishing import install_defaults

AT = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def publication(db: None) -> Publication:
    """The default documents under the preset that a new panel begins with."""
    return install_defaults(policy=PRESETS["balance_only"], at=AT)


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("customer@example.com", "not a common passphrase")
