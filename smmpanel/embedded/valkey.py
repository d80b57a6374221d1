"""An embedded Valkey on a loopback port, behind a password made for each start."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import IO

from smmpanel.embedded.binaries import find_valkey
from smmpanel.embedded.child import Child

HOST = "127.0.0.1"
DATABASES = 64


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class EmbeddedValkey:
    """A server whose data file is `home`/valkey.rdb, reachable at `url` between start and stop."""

    def __init__(self, *, home: Path, port: int | None = None, password: str | None = None) -> None:
        self.binary = find_valkey()
        self.home = home.resolve()
        self.port = port or free_port()
        self.password = password or secrets.token_urlsafe(24)
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def start(self, *, output: int | IO[bytes]) -> Child:
        """Return when it answers; raise CannotStart when it does not."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.child = Child(
            name="valkey",
            command=[
                self.binary,
                "-",
            ],  # settings by standard input: arguments are public
            environ={},
            output=output,
            cwd=self.home,
            stdin=self._settings().encode(),
        )
        self.child.wait_ready(self._answers, timeout_seconds=20)
        return self.child

    def stop(self) -> int:
        """Saves and stops; returns the exit code, 0 for a clean stop."""
        return self.child.stop() if self.child else 0

    def _settings(self) -> str:
        lines = [
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"databases {DATABASES}",
            "dbfilename valkey.rdb",
            "save 60 1",
            "loglevel nothing",  # its advice is about tuning kernels of dedicated machines
        ]
        return "\n".join([*lines, ""])

    def _answers(self) -> bool:
        with (
            suppress(OSError),
            socket.create_connection((HOST, self.port), timeout=1) as probe,
        ):
            probe.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            return b"+PONG" in probe.recv(64)
        return False
