"""`manage.py` in a shell that names no servers, some, or all of them."""

import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    tmp_path.parent.chmod(0o711)
    tmp_path.parent.parent.chmod(0o711)
    tmp_path.chmod(0o711)
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


def test_an_ordinary_user_needs_no_server_of_their_own(var: Path) -> None:
    environ = bare_environ(give_to_ordinary_user(var))
    migrating = _start("migrate", environ=environ, python=ordinary_python())
    printed = migrating.communicate()[0]
    assert migrating.returncode == 0, printed
    checking = _start("migrate", "--check", environ=environ, python=ordinary_python())
    assert checking.communicate()[0] == ""
    assert checking.returncode == 0
    assert processes_of(str(var)) == set()
    assert any(var.glob("postgres*/PG_VERSION"))
    assert (var / "panel.env").stat().st_mode & 0o777 == 0o600
    assert not [
        value
        for value in read_env(var / "panel.env").values()
        if len(value) > 9 and value in printed
    ]


def test_two_commands_at_once_take_turns(var: Path) -> None:
    environ = bare_environ(var)
    both = [_start("check", "--database", "default", environ=environ) for _ in range(2)]
    printed = [command.communicate()[0] for command in both]
    assert [command.returncode for command in both] == [0, 0], printed


def test_a_named_server_is_used_and_none_started(fresh_db: TestDatabase, tmp_path: Path) -> None:
    nowhere = tmp_path / "var"
    environ = fresh_db.environ | {"PANEL_VAR": str(nowhere)}
    command = _start("migrate", "--check", environ=environ)
    assert command.communicate()[0] == ""
    assert command.returncode == 0
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
