"""The databases tests work on: migrated, isolated, and really committed to where that is needed."""

import subprocess
import sys
from dataclasses import dataclass
from threading import Thread
from typing import cast

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, transaction

from tests import conftest
from tests.databases import TestDatabase, count_from_the_start


def _group_names() -> list[str]:
    return sorted(Group.objects.values_list("name", flat=True))


@pytest.mark.django_db
def test_a_plain_test_is_rolled_back_first() -> None:
    Group.objects.create(name="left behind?")
    cache.set("left", "behind")
    assert "left behind?" in _group_names()


@pytest.mark.django_db
def test_a_plain_test_is_rolled_back_second() -> None:
    assert "left behind?" not in _group_names()
    assert cache.get("left") is None


def test_no_number_tells_how_many_tests_came_before(fresh_db: TestDatabase) -> None:
    numbers = []
    for _test in range(2):
        count_from_the_start()
        group = Group.objects.create(name="counted")
        numbers.append(group.pk)
        group.delete()
    assert numbers[0] == numbers[1]


def test_a_fresh_database_is_seen_by_threads(fresh_db: TestDatabase) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.extend(_group_names())
        seen.append(connection.settings_dict["NAME"])
        connection.close()

    Group.objects.create(name="committed")
    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert "committed" in seen
    assert seen[-1] == fresh_db.name


def test_a_fresh_database_is_seen_by_processes(fresh_db: TestDatabase) -> None:
    Group.objects.create(name="committed")
    code = (
        "import django; django.setup(); from django.contrib.auth.models import Group; "
        "print(Group.objects.filter(name='committed').count())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=fresh_db.environ,
        capture_output=True,
        check=True,
    )
    assert answer.stdout.split() == [b"1"]


def test_a_fresh_database_begins_as_migrated(fresh_db: TestDatabase) -> None:
    assert "committed" not in _group_names()


def test_a_commit_in_a_fresh_database_runs_its_callbacks(
    fresh_db: TestDatabase,
) -> None:
    called: list[str] = []
    with transaction.atomic():
        transaction.on_commit(lambda: called.append("after"))
        assert called == []
    assert called == ["after"]


@dataclass
class Item:
    """As much of a collected test as the refusal looks at."""

    fixturenames: tuple[str, ...] = ()
    mark: pytest.Mark | None = None
    nodeid: str = "test_it"

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self.mark if name == "django_db" else None


@pytest.mark.parametrize(
    "item",
    [
        Item(fixturenames=("transactional_db",)),
        Item(fixturenames=("live_server",)),
        Item(mark=pytest.mark.django_db(transaction=True).mark),
        Item(fixturenames=("db", "fresh_db")),
        Item(fixturenames=("fresh_db",), mark=pytest.mark.django_db.mark),
    ],
)
def test_what_would_empty_tables_is_refused(item: Item) -> None:
    with pytest.raises(pytest.UsageError, match="fresh_db"):
        conftest.pytest_collection_modifyitems([cast("pytest.Item", item)])


def test_the_usual_kinds_of_database_are_accepted() -> None:
    usual = [
        Item(fixturenames=("fresh_db",)),
        Item(mark=pytest.mark.django_db.mark),
        Item(),
    ]
    conftest.pytest_collection_modifyitems(cast("list[pytest.Item]", usual))
    assert all(item.nodeid for item in usual)
