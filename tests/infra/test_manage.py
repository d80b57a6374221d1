"""`manage.py` in a shell that names no servers, some, or all of them."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from smmpanel.embedded.runtime import PROJECT, read_env
from tests.databases import TestDatabase
from tests.infra.people import (
    bare_environ,
    give_to_ordinary_user,
    ordinary_python,
    processes_of,
    remove_data,
)

# Directories that pytest makes above a test's own, closed to other accounts.
PYTESTS = ("pytest-", "popen-")


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    tmp_path.chmod(0o711)
    for above in takewhile(lambda path: path.name.startswith(PYTESTS), tmp_path.parents):
        above.chmod(0o711)
    yield tmp_path / "var"
    remove_data(tmp_path / "var")


def _start(
    *arguments: str, environ: dict[str, str], python: tuple[str, ...] = (sys.executable,)
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*python, "manage.py", *arguments],
        cwd=PROJECT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


COMMAND = """
import os, sys
import psycopg2
from smmpanel.embedded.runtime import Runtime
from smmpanel.embedded.servers import servers_for_a_command

runtime = Runtime.of_this_project()
runtime.prepare()
with servers_for_a_command(runtime) as urls:
    connection = psycopg2.connect(urls["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(sys.argv[1])
        print(os.geteuid(), cursor.fetchall() if cursor.description else "done")
    connection.close()
"""


def test_an_ordinary_user_has_servers_for_each_command_on_the_same_data(var: Path) -> None:
    """What manage.py does around a command, without Django, which root's Python may hide."""
    environ = bare_environ(give_to_ordinary_user(var))
    python = [*ordinary_python(), "-c", COMMAND]
    printed = [
        subprocess.run(
            [*python, statement],
            cwd=PROJECT,
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for statement in ("CREATE TABLE kept AS SELECT 42", "SELECT * FROM kept")
    ]
    owner = var.stat().st_uid
    assert printed == [f"{owner} done\n", f"{owner} [(42,)]\n"]
    assert processes_of(str(var)) == set()


def test_a_command_makes_private_secrets_and_finds_its_data_again(var: Path) -> None:
    environ = bare_environ(var)
    migrating = _start("migrate", "contenttypes", environ=environ)
    printed = migrating.communicate()[0]
    assert migrating.returncode == 0, printed
    checking = _start("migrate", "contenttypes", "--check", environ=environ)
    printed += checking.communicate()[0]
    assert checking.returncode == 0, printed
    assert processes_of(str(var)) == set()
    assert (var / "panel.env").stat().st_mode & 0o777 == 0o600
    secrets = {name: value for name, value in read_env(var / "panel.env").items() if name != "DEMO"}
    assert [name for name, value in secrets.items() if value in printed] == []


def test_two_commands_at_once_take_turns(var: Path) -> None:
    environ = bare_environ(var)
    both = [_start("check", "--database", "default", environ=environ) for _ in range(2)]
    printed = [command.communicate()[0] for command in both]
    assert [command.returncode for command in both] == [0, 0], printed


def test_a_named_server_is_used_and_none_started(fresh_db: TestDatabase, tmp_path: Path) -> None:
    nowhere = tmp_path / "var"
    environ = fresh_db.environ | {"PANEL_VAR": str(nowhere)}
    command = _start("migrate", "--check", environ=environ)
    printed = command.communicate()[0]
    assert command.returncode == 0, printed
    assert not nowhere.exists()


def test_a_deployment_that_forgot_a_name_gets_no_demo_secrets(tmp_path: Path) -> None:
    environ = bare_environ(tmp_path, SECRET_KEY="of-the-deployment")
    command = _start("version", environ=environ)
    command.communicate()
    assert command.returncode == 0
    assert not (tmp_path / "panel.env").exists()


def test_missing_programs_end_a_command_with_one_clear_line(tmp_path: Path) -> None:
    environ = bare_environ(tmp_path, PANEL_PG_BIN="/nonexistent")
    command = _start("migrate", environ=environ)
    printed = command.communicate()[0]
    assert command.returncode == 1
    assert printed.startswith("manage.py: PANEL_PG_BIN=/nonexistent has no PostgreSQL")
    assert "Traceback" not in printed
