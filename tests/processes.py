"""Processes of the product itself, started by a test and gone with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from smmpanel.embedded.runtime import PROJECT
from smmpanel.supervisor.processes import CELERY


@contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the block runs; at its end it is killed, not asked."""
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Nursery:
    """Gives workers, one after the other, to a test that kills many: see `tests.nursery`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @contextmanager
    def running(self, command: Sequence[str]) -> Iterator[None]:
        """As `running`, of a command that begins with CELERY."""
        assert tuple(command[: len(CELERY)]) == CELERY
        number = self._ask(command[CELERY.index("celery") + 1 :])
        try:
            yield
        finally:
            self._ask(number)

    def _ask(self, wish: Sequence[str] | int) -> int:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(wish), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@contextmanager
def nursery(environ: Mapping[str, str]) -> Iterator[Nursery]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.nursery"],
        cwd=PROJECT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Nursery(process)
        finally:
            process.kill()
