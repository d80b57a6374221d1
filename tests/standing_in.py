"""A stand-in of the demonstration as a real process in a test: started, told, asked, killed."""

from __future__ import annotations

import http.client
import json
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from smmpanel.demo_provider.server import CONTROL_HEADER
from smmpanel.embedded.runtime import PROJECT

START_SECONDS = 20
STOP_SECONDS = 10
ANSWER_SECONDS = 60


class StandIn:
    """`with` runs `module` on loopback. `key` opens its control door."""

    module: str

    def __init__(self, *, store: Path, key: str) -> None:
        self.key = key
        self.port = 0
        self._store = store
        self._process: subprocess.Popen[bytes] | None = None

    def options(self) -> list[str]:
        """Of the command line; the first port is kept for ever."""
        return ["--port", str(self.port), "--store", str(self._store), "--key", self.key]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait for its word that it accepts."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, *self.options()],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
        )
        self.port = int(json.loads(self._first_line())["port"])

    def stop(self) -> None:
        """Ask it to end; a process that will not is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._forget()

    def kill(self) -> None:
        """SIGKILL: connections break, the store stays as it was last written."""
        if self._process is not None:
            self._process.kill()
            self._forget()

    def restart(self) -> None:
        """Kill it if it runs, then start it again at the same address with the same store."""
        self.kill()
        self.start()

    def control(self, method: str, name: str, options: dict[str, object] | None = None) -> Any:
        """What its control door answers. Raises ValueError for anything but 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            body = None if options is None else json.dumps(options)
            headers = {CONTROL_HEADER: self.key}
            connection.request(method, f"/control/{name}", body=body, headers=headers)
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"{name}: {response.status} {answer}")
        return answer

    def _first_line(self) -> bytes:
        stdout = self._running().stdout
        if stdout is None:
            raise RuntimeError("started without a pipe")
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            line = stdout.readline() if selector.select(START_SECONDS) else b""
        if not line:
            self.kill()
            raise RuntimeError(f"{self.module} did not start within {START_SECONDS} s")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.module} is not running")
        return self._process

    def _forget(self) -> None:
        process = self._running()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None
