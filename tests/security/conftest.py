from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.databases import Template, TestDatabase
from tests.security import walking
from tests.security.crawling import Crawl, crawl, starts
from tests.security.walking import Visit
from tests.security.world import ALICE, NOBODY, OLGA, ROOT, SAM, World, build

CRAWLING = (NOBODY, ALICE, SAM, OLGA, ROOT)


@pytest.fixture(scope="session")
def standing_world(
    database_template: Template, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[TestDatabase, World]]:
    """A database that is built once for all walks; nothing that they do stays in it."""
    with django_db_blocker.unblock(), database_template.copy() as database:
        with database.as_default():
            world = build()
        yield database, world


@pytest.fixture
def standing(
    standing_world: tuple[TestDatabase, World], django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """The same world for a test that takes back what it does (`walking.undone`)."""
    database, world = standing_world
    with django_db_blocker.unblock(), database.as_default():
        yield world


@pytest.fixture
def world(standing: World) -> Iterator[World]:
    """The same for a test that may change it: what it did is taken back after it."""
    with walking.undone():
        yield standing


@pytest.fixture(scope="session")
def crawls(
    standing_world: tuple[TestDatabase, World], django_db_blocker: DjangoDbBlocker
) -> dict[str, Crawl]:
    """All that each person can reach by following links."""
    database, world = standing_world
    with django_db_blocker.unblock(), database.as_default():
        return {role: crawl(world.client(role), starts(world)) for role in CRAWLING}


@pytest.fixture(scope="session")
def visits(
    standing_world: tuple[TestDatabase, World], django_db_blocker: DjangoDbBlocker
) -> list[Visit]:
    """What everybody gets everywhere."""
    database, world = standing_world
    with django_db_blocker.unblock(), database.as_default():
        return walking.walk(world)


@pytest.fixture(scope="session")
def pairs(
    standing_world: tuple[TestDatabase, World], django_db_blocker: DjangoDbBlocker
) -> list[tuple[Visit, Visit]]:
    """What a stranger gets for what is somebody's, and for what is nobody's."""
    database, world = standing_world
    with django_db_blocker.unblock(), database.as_default():
        return walking.walk_to_nothing(world)
