"""Two database roles: the one that serves pages cannot switch off what protects the books."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
import yaml
from psycopg2.errors import InsufficientPrivilege

from smmpanel.embedded.account import server_home
from smmpanel.embedded.postgres import THROWAWAY, EmbeddedPostgres
from smmpanel.embedded.runtime import PROJECT
from tests.infra.people import bare_environ

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    home = tmp_path_factory.mktemp("roles")
    server = EmbeddedPostgres(home=home, database="postgres", settings=THROWAWAY)
    server.start(output=subprocess.DEVNULL)
    with closing(server.connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE postgres SUPERUSER LOGIN")
    yield server
    server.stop()
    shutil.rmtree(server_home(home), ignore_errors=True)


@pytest.fixture(scope="module")
def panel_roles(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The roles of docker-compose.yml and a database migrated by the owner; where it listens."""
    script = COMPOSE["configs"]["database-roles"]["content"].replace("$$", "$")
    environ = {
        "PATH": f"{server.binaries.directory}:/usr/bin:/bin",
        "PGHOST": str(server.socket_directory),
        "OWNER_DATABASE_PASSWORD": "it's quoted",
        "APP_DATABASE_PASSWORD": "b",
    }
    subprocess.run(["sh", "-eu", "-c", script], env=environ, check=True, capture_output=True)
    url = f"postgresql://panel_owner@/panel?host={server.socket_directory}"
    named = bare_environ(
        tmp_path_factory.mktemp("var"),
        DATABASE_URL=url,
        REDIS_URL="redis://127.0.0.1:1/0",
        SECRET_KEY="x" * 50,
    )
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=PROJECT,
        env=named,
        check=True,
    )
    return str(server.socket_directory)


@pytest.fixture
def app(panel_roles: str) -> Iterator["psycopg2.extensions.cursor"]:
    connection = psycopg2.connect(dbname="panel", user="panel_app", host=panel_roles)
    with closing(connection), connection.cursor() as cursor:
        yield cursor


def test_the_app_reads_and_writes_rows(app: "psycopg2.extensions.cursor") -> None:
    app.execute("INSERT INTO auth_group (name) VALUES ('made by the app') RETURNING id")
    number = app.fetchone()
    app.execute("DELETE FROM auth_group WHERE id = %s", number)
    assert app.rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE wallet_transfer DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "TRUNCATE wallet_transfer",
        "DROP TABLE wallet_transfer",
        "ALTER TABLE wallet_account DROP CONSTRAINT wallet_account_pkey",
        "CREATE TABLE of_my_own (id int)",
    ],
)
def test_the_app_cannot_switch_off_what_protects_the_books(
    app: "psycopg2.extensions.cursor", statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement)


def test_the_guide_gives_the_same_statements() -> None:
    script = COMPOSE["configs"]["database-roles"]["content"]
    guide = " ".join((PROJECT / "docs" / "deploy.md").read_text().split())
    statements = re.findall(r"^(?:GRANT|REVOKE|ALTER)[^;]*;", script, re.MULTILINE)
    assert len(statements) == 6
    assert [text for text in statements if " ".join(text.split()) not in guide] == []


def test_the_guide_lists_every_name_that_settings_read() -> None:
    settings = (PROJECT / "smmpanel" / "settings.py").read_text()
    names = set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings))
    guide = (PROJECT / "docs" / "deploy.md").read_text()
    assert {name for name in names if f"`{name}`" not in guide} == set()
