"""Starting, watching and stopping all processes; `make up` and the end-to-end tests share it."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from smmpanel.embedded.child import FOLLOWS, Child
from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import PROJECT, Runtime
from smmpanel.embedded.servers import Servers
from smmpanel.supervisor.console import Console
from smmpanel.supervisor.processes import Process

STOP_ORDER = ("beat", "web", "worker", "provider", "stripe")
READY_SECONDS = 60
# A process that ends is started again after a growing pause; one that lived this long starts anew.
FIRST_PAUSE_SECONDS = 1.0
HEALTHY_SECONDS = 60.0
MOST_RESTARTS = 5


class StackFailed(Exception):
    """The stack cannot go on; the message names the process and why."""


@dataclass
class Running:
    """A process of ours, and its history of restarts."""

    process: Process
    child: Child
    started_at: float = field(default_factory=time.monotonic)
    restarts: int = 0
    restart_at: float | None = None


class Stack:
    """All processes on one environment. Start and stop from one long-lived thread (see Child)."""

    def __init__(self, *, runtime: Runtime, environ: Mapping[str, str], console: Console) -> None:
        self.runtime = runtime
        self.console = console
        self.servers = Servers(runtime=runtime, environ=environ)
        self.environ = {**environ, **self.servers.urls, "PYTHONUNBUFFERED": "1"}
        self.server_children: list[Child] = []
        self.running: dict[str, Running] = {}

    def start_servers(self) -> None:
        self.server_children = self.servers.start(self.console.open_output)

    def prepare(self) -> str:
        """Migrate and so on; returns the demo log-ins as JSON, empty outside a demonstration."""
        self.console.write("panel", "preparing database, static files and data")
        with self.console.open_output("prepare") as log:
            answer = subprocess.run(
                [sys.executable, "-m", "smmpanel.supervisor.prepare"],
                env=self.environ,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
                start_new_session=True,
            )
        if answer.returncode != 0:
            raise CannotStart("Preparing the database failed; the lines above say why.")
        return answer.stdout.decode()

    def start(self, wanted: list[Process]) -> None:
        """Start them all, then wait for all: they spend their start importing."""
        for process in wanted:
            self.running[process.name] = Running(process=process, child=self._launch(process))
        for running in self.running.values():
            running.child.wait_ready(
                partial(self._is_ready, running.process), timeout_seconds=READY_SECONDS
            )

    def watch(self) -> None:
        """Once a moment: restart what ended. Raises StackFailed when that does not help."""
        for server in self.server_children:
            if server.returncode is not None:
                raise StackFailed(f"{server.name} ended with code {server.returncode}")
        for running in self.running.values():
            self._revive(running)

    def stop(self) -> dict[str, int]:
        """Stop in order: who makes work first, who keeps data last. Returns codes by name."""
        codes = {}
        for name in STOP_ORDER:
            if running := self.running.get(name):
                codes[name] = running.child.stop()
                self.console.write("panel", f"{name} stopped (code {codes[name]})")
        for name, code in self.servers.stop().items():
            codes[name] = code
            self.console.write("panel", f"{name} stopped (code {code})")
        return codes

    def kill_processes(self) -> None:
        """For an impatient second Ctrl-C: the servers still stop in their own way."""
        for running in self.running.values():
            running.child.kill_group()

    def _launch(self, process: Process) -> Child:
        with self.console.open_output(process.name) as output:
            return Child(
                name=process.name,
                command=process.command,
                environ={**self.environ, FOLLOWS: "1"},
                output=output,
                orphan_signal=process.orphan_signal,
                cwd=PROJECT,
            )

    def _is_ready(self, process: Process) -> bool:
        if process.ready_url:
            return _answers(process.ready_url)
        return not process.ready_text or self.console.has_said(process.name, process.ready_text)

    def _revive(self, running: Running) -> None:
        code, now = running.child.returncode, time.monotonic()
        if code is None:
            return
        if running.restart_at is None:
            if now - running.started_at > HEALTHY_SECONDS:
                running.restarts = 0
            if running.restarts >= MOST_RESTARTS:
                raise StackFailed(f"{running.process.name} ended again and again (code {code})")
            pause = FIRST_PAUSE_SECONDS * 2**running.restarts
            running.restart_at = now + pause
            text = (
                f"{running.process.name} ended with code {code}; starting it again in {pause:g} s"
            )
            self.console.write("panel", text)
        elif now >= running.restart_at:
            running.child.kill_group()  # what the dead leader of the group left behind
            self.console.forget(running.process.name)
            running.child = self._launch(running.process)
            running.restarts += 1
            running.started_at, running.restart_at = now, None


def _answers(url: str) -> bool:
    address = urlsplit(url)
    asking = HTTPConnection(address.netloc, timeout=2)
    try:
        asking.request("GET", address.path)
        return asking.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()
