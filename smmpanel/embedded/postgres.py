"""An embedded PostgreSQL: own data directory, own unix socket, no network."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import IO

import psycopg2
from psycopg2 import sql

from smmpanel.embedded.account import (
    plain_environ,
    reachable_binaries,
    run_quietly,
    server_account,
    server_home,
)
from smmpanel.embedded.binaries import find_postgres
from smmpanel.embedded.child import Child
from smmpanel.embedded.errors import CannotStart

OWNER = "app"
# Statements may carry secrets: the server's log never quotes them.
LOG_SETTINGS = {"log_min_messages": "fatal", "log_min_error_statement": "panic"}
# Who stands still inside a transaction (a machine that is paused, a network that is gone) keeps the
# orders and wallets that it holds from everybody. docker-compose.yml sets the same.
PATIENCE = {"idle_in_transaction_session_timeout": "60s"}
# For tests only: a crash of the machine may lose or corrupt the data.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "400",
    "max_wal_size": "256MB",
    "file_copy_method": "clone",
}


class EmbeddedPostgres:
    """A server on `home` (created when missing), reachable at `url` between start and stop."""

    def __init__(
        self,
        *,
        home: Path,
        database: str = "panel",
        socket_directory: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.binaries = find_postgres()
        self.database = database
        self.settings = dict(settings or {})
        if self.binaries.major < 18:
            self.settings.pop("file_copy_method", None)
        self.home = server_home(home)
        self.data = self.home / f"postgres{self.binaries.major}"
        self.run_as = server_account(self.data)
        # Unix socket paths end at 107 bytes, a project's path may be longer than that.
        self.socket_directory = socket_directory or make_socket_directory()
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@/{self.database}?host={self.socket_directory}"

    def start(self, *, output: int | IO[bytes]) -> Child:
        """Create the cluster and the database when they are missing; return when it answers."""
        if self.run_as:
            os.chown(self.socket_directory, self.run_as.uid, self.run_as.gid)
            self.binaries = reachable_binaries(self.binaries, run_as=self.run_as, home=self.home)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        end_leftover_server(self.data)
        self.child = Child(
            name="postgres",
            command=[self.binaries.postgres, "-D", self.data, *self._options()],
            environ=plain_environ(),
            output=output,
            run_as=self.run_as,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        )
        self.child.wait_ready(self._is_ready, timeout_seconds=60)
        self._create_database()
        return self.child

    def stop(self) -> int:
        """Returns the server's exit code, 0 for a clean stop."""
        code = self.child.stop(timeout_seconds=20) if self.child else 0
        shutil.rmtree(self.socket_directory, ignore_errors=True)
        return code

    def _options(self) -> list[str]:
        settings = {
            "unix_socket_directories": str(self.socket_directory),
            "listen_addresses": "",
            "timezone": "UTC",
            **LOG_SETTINGS,
            **PATIENCE,
            **self.settings,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _is_ready(self) -> bool:
        """The server writes its state into the eighth line; asking by connecting fills the log."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        is_ours = self.child is not None and lines[:1] == [str(self.child.pid)]
        return is_ours and len(lines) >= 8 and lines[7].strip() == "ready"

    def _create_cluster(self) -> None:
        # A cluster is complete or absent: an interrupted initdb must not look like data.
        unfinished = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self.run_as:
            os.chown(unfinished, self.run_as.uid, self.run_as.gid)
        run_quietly(
            [
                *(
                    str(self.binaries.initdb),
                    "-D",
                    str(unfinished),
                    "-U",
                    OWNER,
                    "--auth=trust",
                ),
                *("-E", "UTF8", "--no-instructions", *self._locale()),
            ],
            run_as=self.run_as,
        )
        unfinished.rename(self.data)

    def _locale(self) -> list[str]:
        """Unicode rules that do not depend on the locales the machine happens to have."""
        if self.binaries.major >= 17:
            return [
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ]
        return ["--locale=C.UTF-8"]

    def _create_database(self) -> None:
        with (
            closing(self.connect("postgres")) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))

    def connect(self, database: str) -> "psycopg2.extensions.connection":
        """An autocommit connection of the owner, for statements that name whole databases."""
        connection = psycopg2.connect(dbname=database, user=OWNER, host=str(self.socket_directory))
        connection.autocommit = True
        return connection


def make_socket_directory() -> Path:
    """A short, private directory: who may enter it may log in to the server inside."""
    return Path(tempfile.mkdtemp(prefix="panel-pg-", dir="/tmp"))


def end_leftover_server(data: Path) -> None:
    """Clear what a killed run left behind; callers hold the lock on the runtime directory.

    Three cases, told apart by /proc: the recorded process is gone or a zombie that nobody reaped
    (its number still blocks the start), the number now belongs to another program, or the server
    really runs on without its supervisor and is asked to stop.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if _is_server_on(pid, data):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 20
        while _is_server_on(pid, data):
            if time.monotonic() > deadline:
                raise CannotStart(f"Another PostgreSQL (process {pid}) runs on {data}.")
            time.sleep(0.05)
    if Path("/proc/self").exists():
        pid_file.unlink(missing_ok=True)


def _is_server_on(pid: int, data: Path) -> bool:
    """A zombie has an empty command line, so it does not count."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return str(data).encode() in command.split(b"\0")
