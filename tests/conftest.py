"""One PostgreSQL and one Valkey per process of tests, and three kinds of database for a test.

- `db` (or the mark `django_db`): a transaction that is rolled back. The usual choice.
- `fresh_db`: a database of its own, where commits are real: for threads, processes and on_commit.
- `house` (tests/house.py): the whole running panel behind a port.

Books are append-only, so the database refuses the TRUNCATE by which Django empties tables between
transactional tests; those fixtures are refused here with a pointer to `fresh_db`.
"""

import gc
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import stripe
from django.core.cache import cache
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from accounts import usage
from smmpanel.embedded.account import server_home
from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.postgres import THROWAWAY, EmbeddedPostgres
from smmpanel.embedded.valkey import EmbeddedValkey
from tests import settings as test_settings
from tests.databases import Template, TestDatabase, end_other_sessions

pytest_plugins = ["tests.cast", "tests.house", "tests.sharing"]

Servers = list[EmbeddedPostgres | EmbeddedValkey]
SERVERS = pytest.StashKey[Servers]()
GARBAGE_BEFORE_A_LOOK = 50_000
RETRIED_AFTER_SECONDS = 0.01
REFUSED = {"transactional_db", "live_server", "django_db_reset_sequences"}
REFUSED |= {"django_db_serialized_rollback"}
INSTEAD = "the books refuse TRUNCATE: use the fixture fresh_db (or house for a running server)"


def pytest_configure(config: pytest.Config) -> None:
    run_dir = test_settings.RUN_DIR
    if not hasattr(config, "workerinput"):
        _remove_leftovers(run_dir)
    if config.getoption("dist", "no") != "no":
        _prepare_for_workers()
        return
    run_dir.mkdir(mode=0o711)
    (run_dir / "var" / "static").mkdir(parents=True)
    # Before it asks again; here either somebody answers at once or nobody ever does.
    stripe.HTTPClient.INITIAL_DELAY = RETRIED_AFTER_SECONDS
    servers = config.stash.setdefault(SERVERS, [])
    try:
        _start_servers(run_dir, servers)
    except CannotStart as error:
        log = (run_dir / "servers.log").read_text(errors="replace")
        raise pytest.UsageError(f"{error}\n{log}") from error


def _prepare_for_workers() -> None:
    """This process only hands out; its workers inherit its environment and start their own servers.

    Sets have the same order in all of them, and with it the names of parametrized tests.
    """
    os.environ.setdefault("PYTHONHASHSEED", str(secrets.randbelow(2**32)))
    if test_settings.STARTS_POSTGRES:
        del os.environ["DATABASE_URL"]
    if test_settings.STARTS_VALKEY:
        del os.environ["REDIS_URL"]


def _start_servers(run_dir: Path, servers: Servers) -> None:
    with (run_dir / "servers.log").open("wb") as log:
        if test_settings.STARTS_POSTGRES:
            test_settings.SOCKET_DIR.mkdir(mode=0o700)
            postgres = EmbeddedPostgres(
                home=run_dir,
                socket_directory=test_settings.SOCKET_DIR,
                settings=THROWAWAY,
            )
            servers.append(postgres)
            postgres.start(output=log)
        if test_settings.STARTS_VALKEY:
            valkey = EmbeddedValkey(
                home=run_dir,
                port=test_settings.VALKEY_PORT,
                password=test_settings.VALKEY_PASSWORD,
            )
            servers.append(valkey)
            valkey.start(output=log)


def pytest_unconfigure(config: pytest.Config) -> None:
    servers: Servers = config.stash.get(SERVERS, [])
    for server in reversed(servers):
        server.stop()
    _remove_run(test_settings.RUN_DIR)


def _remove_run(run_dir: Path) -> None:
    shutil.rmtree(server_home(run_dir), ignore_errors=True)
    shutil.rmtree(run_dir, ignore_errors=True)


def _remove_leftovers(run_dir: Path) -> None:
    """Directories of runs that were killed; a run in progress is known by its process."""
    for directory in run_dir.parent.glob("panel-tests-*"):
        try:
            is_mine = directory.stat().st_uid == os.geteuid()
        except FileNotFoundError:  # another run has just ended
            continue
        if is_mine and not Path("/proc", directory.name.rpartition("-")[2]).exists():
            _remove_run(directory)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        mark = item.get_closest_marker("django_db")
        is_transactional = mark is not None and bool(mark.args or mark.kwargs.get("transaction"))
        if names & REFUSED or is_transactional:
            raise pytest.UsageError(f"{item.nodeid}: {INSTEAD}")
        if "fresh_db" in names and (mark is not None or "db" in names):
            raise pytest.UsageError(
                f"{item.nodeid}: takes db and fresh_db; they exclude each other"
            )


def pytest_collection_finish() -> None:
    """What is there by now stays, and a test leaves little behind: the collector need not look
    through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_BEFORE_A_LOOK)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _calls_are_written_by_hand() -> Iterator[None]:
    """A thread would not see what a test has not committed: `usage.flush()` writes, here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage, "_start_writer", lambda _buffer: None)
        yield


@pytest.fixture(autouse=True)
def _no_calls_of_the_test_before() -> None:
    usage.forget_waiting()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Migrates the test database once.

    pytest-django's own version leaves it out where all tests ask for `fresh_db`: it counts marks.
    """
    with django_db_blocker.unblock():
        created = setup_databases(
            verbosity=0, interactive=False, aliases={"default": False}, serialized_aliases=set()
        )
    yield
    with django_db_blocker.unblock():
        end_other_sessions()
        teardown_databases(created, verbosity=0)


@pytest.fixture(scope="session")
def database_template(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Template]:
    """The migrated database, set aside before any test commits to it."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            template = stack.enter_context(Template.of_the_test_database())
        yield template
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture
def fresh_db(
    database_template: Template, django_db_blocker: DjangoDbBlocker
) -> Iterator[TestDatabase]:
    """A migrated database of this test alone; every thread's `connection` leads to it.

    `.environ` is what a process started by the test needs in order to work on it too.
    """
    with (
        django_db_blocker.unblock(),
        database_template.copy() as database,
        database.as_default(),
    ):
        yield database
