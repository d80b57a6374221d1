"""Whole databases as fixtures: copying a migrated one is cheaper than migrating or emptying."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, connections

from accounts import together

_numbers = itertools.count(1)


@dataclass(frozen=True)
class TestDatabase:
    """A database on the server of this run."""

    __test__ = False

    name: str

    @property
    def url(self) -> str:
        return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.name}"))

    @property
    def environ(self) -> dict[str, str]:
        """An environment in which `manage.py`, a worker or a web server works on this database."""
        own = {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "smmpanel.settings"}
        return {**os.environ, **own}

    @contextmanager
    def as_default(self) -> Iterator[Self]:
        """Point `connections["default"]` at it, in this thread and in those started inside."""
        before = connection.settings_dict["NAME"]
        connection.close()
        # One dictionary serves every thread's connection of this alias.
        connections.settings["default"]["NAME"] = self.name
        together.forget()
        try:
            yield self
        finally:
            connection.close()
            connections.settings["default"]["NAME"] = before
            together.forget()


@dataclass(frozen=True)
class Template:
    """A migrated database that nobody is connected to: PostgreSQL copies only idle ones."""

    name: str

    @classmethod
    @contextmanager
    def of_the_test_database(cls) -> Iterator[Self]:
        migrated = connection.settings_dict["NAME"]
        connection.close()
        with _copied(migrated, name=f"template_{os.getpid()}") as name:
            with TestDatabase(name=name).as_default():
                count_from_the_start()
            yield cls(name=name)

    @contextmanager
    def copy(self) -> Iterator[TestDatabase]:
        with _copied(self.name, name=f"fresh_{os.getpid()}_{next(_numbers)}") as name:
            yield TestDatabase(name=name)


def count_from_the_start() -> None:
    """Numbers that tests took before are free again, so that no test sees who came first: rows are
    taken back with a test, the counting is not. Never in the database of `db`, where
    `tests.beginnings` puts rows under the numbers that they had before."""
    models = apps.get_models(include_auto_created=True)
    statements = connection.ops.sequence_reset_sql(no_style(), models)
    with connection.cursor() as cursor:
        cursor.execute("".join(statements))


@contextmanager
def _copied(source: str, *, name: str) -> Iterator[str]:
    quote = connection.ops.quote_name
    # Copying files beats replaying them through the log while fsync is off.
    _execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(source)} STRATEGY FILE_COPY")
    try:
        yield name
    finally:
        _execute(f"DROP DATABASE {quote(name)} WITH (FORCE)")


def end_other_sessions() -> None:
    """A thread that some test left behind must not keep the database from being dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _execute(statement: str) -> None:
    """From outside any database: one cannot be copied or dropped from within."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
