"""A child process that dies with its parent and is stopped in an orderly way.

Every child is the leader of its own session: Ctrl-C at the terminal reaches the supervisor alone,
which then stops the children in the right order.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from smmpanel.embedded.errors import CannotStart

PR_SET_PDEATHSIG = 1
# Set for whatever the supervisor starts: its own children are to end with it as well.
FOLLOWS = "PANEL_FOLLOWS_SUPERVISOR"
POLL_SECONDS = 0.02
# Looked up once, before any fork: a forked child must not load libraries.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass(frozen=True)
class RunAs:
    """The operating-system account a child runs as."""

    uid: int
    gid: int


def follow_parent(signal_number: int) -> None:
    """From now on the kernel sends this signal to this process when its parent is gone."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal_number)


class Child:
    """One started process; `stop_signal` is what asks it to finish its work and leave, and, unless
    an `orphan_signal` is given, what it gets when whoever started it was killed."""

    def __init__(
        self,
        *,
        name: str,
        command: Sequence[str | Path],
        environ: Mapping[str, str],
        output: int | IO[bytes],
        cwd: Path | str = "/",
        run_as: RunAs | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        orphan_signal: signal.Signals | None = None,
        stdin: bytes = b"",
    ) -> None:
        self.name = name
        self.stop_signal = stop_signal
        # The kernel delivers the parent-death signal when the starting *thread* ends: start
        # children from a thread that lives as long as they shall.
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env=dict(environ),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Safe beside threads: between fork and exec it makes one system call, no more.
            preexec_fn=partial(follow_parent, orphan_signal or stop_signal),  # noqa: PLW1509
            user=run_as.uid if run_as else None,
            group=run_as.gid if run_as else None,
            extra_groups=[] if run_as else None,
        )
        if self.process.stdin is not None:
            with suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(stdin)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """None while the process runs."""
        return self.process.poll()

    def wait_ready(self, is_ready: Callable[[], bool], *, timeout_seconds: float) -> None:
        """Return once `is_ready()`; raise CannotStart when the child ends or takes too long."""
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if self.returncode is not None:
                raise CannotStart(f"{self.name} ended with code {self.returncode} while starting.")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.name} was not ready after {timeout_seconds:g} s.")
            time.sleep(POLL_SECONDS)

    def stop(self, *, timeout_seconds: float = 15) -> int:
        """Ask, wait, and kill the whole process group if asking did not help. Returns the code."""
        if self.returncode is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                self.kill_group()
        return self.process.wait()

    def kill_group(self) -> None:
        """End the process and everything it started, at once. Does not wait: fit for a handler."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
