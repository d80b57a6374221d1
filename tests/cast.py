"""The fixed cast: every view's test asks the same people the same questions.

alice owns what the test is about, bob is a stranger to it, sam is support, olga an operator,
fiona and felix are finance (two, so that one can agree to what the other proposed).
"""

from __future__ import annotations

from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from legal.presets import STARTER
from legal.terms import policy_of
from tests.beginnings import put_roles, put_terms

PASSWORD = "correct horse battery staple"


def person(name: str, *, group: str | None = None) -> User:
    """A user with a verified address and PASSWORD; with a group also a member of the staff."""
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, is_staff=group is not None)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if group is not None:
        if not Group.objects.filter(name=group).exists():
            put_roles()
        user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture(autouse=True)
def _forget_policies() -> None:
    """Each database counts its publications from one: what one taught must not reach the next."""
    policy_of.cache_clear()


@pytest.fixture
def terms(request: pytest.FixtureRequest) -> None:
    """The default legal pages and policy in force, in `fresh_db` if the test has one, else `db`."""
    request.getfixturevalue("fresh_db" if "fresh_db" in request.fixturenames else "db")
    put_terms(policy=STARTER, at=timezone.now())


@pytest.fixture
def alice(terms: None) -> User:
    return person("alice")


@pytest.fixture
def bob(terms: None) -> User:
    return person("bob")


@pytest.fixture
def sam(terms: None) -> User:
    return person("sam", group="Support")


@pytest.fixture
def olga(terms: None) -> User:
    return person("olga", group="Operator")


@pytest.fixture
def fiona(terms: None) -> User:
    return person("fiona", group="Finance")


@pytest.fixture
def felix(terms: None) -> User:
    return person("felix", group="Finance")
